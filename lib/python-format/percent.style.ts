/** Format strings of the style `%(name)s`. */
import { ConfigurationError, FormatError } from '../errors';
import {
  joinPieces,
  literal,
  sizeProblem,
  type FieldReader,
  type FormatStyle,
  type Piece,
  type TextGuard,
} from './format-style';
import { convertPercent, type PercentSpec } from './percent-conversion';
import { fieldKind, pythonRepr, pythonStr } from './python-text';

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

/**
 * CPython's: it only searches, so one good field makes the string valid. The zeros before a width are flags; read as
 * digits too, they would make the search quadratic.
 */
const VALID = /%\([\p{L}\p{N}_]+\)[#0+ -]*(?:\*|[1-9]\d*)?(?:\.(?:\*|\d+))?[diouxefgcrsa%]/iu;

function compile(fmt: string): { readonly pieces: readonly Piece[]; readonly fields: ReadonlySet<string> } {
  const pieces: Piece[] = [];
  const fields = new Set<string>();
  let text = '';
  for (let at = 0; at < fmt.length;) {
    if (fmt[at] !== '%') {
      const next = fmt.indexOf('%', at);
      const end = next === -1 ? fmt.length : next;
      text += fmt.slice(at, end);
      at = end;
    } else if (fmt[at + 1] === '%') {
      text += '%';
      at += 2;
    } else {
      const conversion = new PercentScanner(fmt, at + 1);
      if (text !== '') pieces.push(literal(text));
      text = '';
      pieces.push(conversion.piece);
      if (conversion.name !== undefined) fields.add(conversion.name);
      if (conversion.failed) return { pieces, fields };
      at = conversion.end;
    }
  }
  if (text !== '') pieces.push(literal(text));
  return { pieces, fields };
}

/**
 * Ports logging.PercentStyle (CPython 3.14).
 *
 * Differs: a conversion without a name (`%s`) fails when it is formatted; Python may print the record's whole dict.
 */
export class PercentStyle implements FormatStyle {
  static readonly defaultFormat = '%(message)s';
  readonly fmt: string;
  readonly fields: ReadonlySet<string>;
  readonly #pieces: readonly Piece[];

  constructor(fmt: string) {
    this.fmt = fmt === '' ? PercentStyle.defaultFormat : fmt;
    const { pieces, fields } = compile(this.fmt);
    this.#pieces = pieces;
    this.fields = fields;
  }

  usesTime(): boolean {
    return this.fmt.includes('%(asctime)');
  }

  validate(): void {
    if (VALID.test(this.fmt)) return;
    throw new ConfigurationError(`Invalid format ${pythonRepr(this.fmt)} for '%' style`, {
      code: 'ERR_LOG_FORMAT_STRING',
    });
  }

  render(read: FieldReader, guard?: TextGuard): string {
    return joinPieces(this.#pieces, read, guard);
  }
}
