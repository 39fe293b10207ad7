/** Reads one `%(name)-8s` of a format string. */
import { ConfigurationError, FormatError } from '../../errors';
import { sizeProblem, type Piece } from './format-style';
import { convertPercent, type PercentSpec } from './percent-conversion';
import { fieldKind, pythonStr } from './python-text';

/** Flags, width, precision, one ignored length modifier. */
const SPEC = /([-+ 0#]*)(\*|\d+)?(?:\.(\*|\d*))?[hlL]?/y;

const CONVERSIONS = 'diouxXeEfFgGcrsa';

function failing(message: string): Piece {
  return () => {
    throw new FormatError(message);
  };
}

/** Index of the `)` that closes the `(` at `open`; -1 without one. Parentheses in a name nest. */
function closingParenthesis(fmt: string, open: number): number {
  let depth = 0;
  for (let i = open; i < fmt.length; i++) {
    if (fmt[i] === '(') depth++;
    else if (fmt[i] === ')' && --depth === 0) return i;
  }
  return -1;
}

/** Of a text, the precision is where it is cut: it may be any. */
function refuseSizes(name: string, { width, precision, conversion }: PercentSpec): void {
  const problem =
    sizeProblem('width', width) ??
    ('sra'.includes(conversion) ? undefined : sizeProblem('precision', precision));
  if (problem === undefined) return;
  throw new ConfigurationError(`invalid format: %(${name})${conversion}: ${problem}`, {
    code: 'ERR_LOG_FORMAT_STRING',
  });
}

/** @throws ConfigurationError for a width or precision that is too large, also in a format that is not validated. */
function fieldPiece(name: string, spec: PercentSpec): Piece {
  refuseSizes(name, spec);
  if (spec.conversion === 's' && spec.width === 0 && spec.precision === undefined) {
    return (read, guard) => {
      const value = read(name);
      const text = typeof value === 'string' ? value : pythonStr(value, spec.kind);
      return guard === undefined ? text : guard(text, name);
    };
  }
  return (read, guard) => {
    const text = convertPercent(read(name), spec);
    return guard === undefined ? text : guard(text, name);
  };
}

/** One `%…`, from the character after the `%`. What is wrong with it is said when it is formatted, as in Python. */
export class PercentScanner {
  readonly end: number;
  readonly name: string | undefined;
  readonly piece: Piece;
  readonly failed: boolean;

  constructor(fmt: string, start: number) {
    let at = start;
    let name: string | undefined;
    let failure: string | undefined;
    if (fmt[at] === '(') {
      const close = closingParenthesis(fmt, at);
      if (close === -1) failure = 'incomplete format key';
      else name = fmt.slice(at + 1, close);
      at = close === -1 ? fmt.length : close + 1;
    }
    SPEC.lastIndex = at;
    const [whole = '', flags = '', width, precision] = SPEC.exec(fmt) ?? [];
    at += whole.length;
    const conversion = fmt.charAt(at);
    failure ??= this.#check({ name, width, precision, conversion, at });
    this.end = at + 1;
    this.name = name;
    this.failed = failure !== undefined;
    this.piece =
      failure === undefined && name !== undefined
        ? fieldPiece(name, {
            flags,
            width: Number(width ?? 0),
            precision: precision === undefined ? undefined : Number(precision),
            conversion,
            kind: fieldKind(name),
          })
        : failing(failure ?? 'not enough arguments for format string');
  }

  #check(found: {
    readonly name: string | undefined;
    readonly width: string | undefined;
    readonly precision: string | undefined;
    readonly conversion: string;
    readonly at: number;
  }): string | undefined {
    // A width in `*` takes the next argument, and a record is a mapping, which has none.
    if (found.width === '*' || found.precision === '*') return '* wants int';
    if (found.conversion === '') return 'incomplete format';
    if (!CONVERSIONS.includes(found.conversion)) {
      const code = (found.conversion.codePointAt(0) ?? 0).toString(16);
      return `unsupported format character '${found.conversion}' (0x${code}) at index ${found.at}`;
    }
    return found.name === undefined ? 'not enough arguments for format string' : undefined;
  }
}
