/** Format strings of the style `%(name)s`. */
import { ConfigurationError, FormatError } from '../errors';
import {
  failing,
  joinPieces,
  sizeProblem,
  type FieldPiece,
  type FieldReader,
  type FormatStyle,
  type Piece,
  type TextGuard,
} from './format-style';
import { convertPercent, type PercentSpec } from './percent-conversion';
import { fieldKind, pythonRepr, pythonStr } from './python-text';

/** Flags, width, precision and a length modifier, which is ignored. */
const SPEC = /([-+ 0#]*)(\*|\d+)?(?:\.(\*|\d*))?[hlL]?/y;

const CONVERSIONS = 'diouxXeEfFgGcrsa';

/** Index of the `)` that closes the `(` at `open`; -1 without one. Parentheses in a name nest. */
function closingParenthesis(fmt: string, open: number): number {
  let depth = 0;
  for (let i = open; i < fmt.length; i++) {
    if (fmt[i] === '(') depth++;
    else if (fmt[i] === ')' && --depth === 0) return i;
  }
  return -1;
}

/** The precision of a text conversion is the length at which it is cut, so it has no limit. */
function refuseSizes(name: string, { width, precision, conversion }: PercentSpec): void {
  const problem =
    sizeProblem('width', width) ??
    ('sra'.includes(conversion) ? undefined : sizeProblem('precision', precision));
  if (problem === undefined) return;
  throw new ConfigurationError(`invalid format: %(${name})${conversion}: ${problem}`, {
    code: 'ERR_LOG_FORMAT_STRING',
  });
}

/** @throws ConfigurationError for a width or precision that is too large, also if the format is not validated. */
function fieldPiece(name: string, spec: PercentSpec): FieldPiece {
  refuseSizes(name, spec);
  if (spec.conversion === 's' && spec.width === 0 && spec.precision === undefined) {
    const render = (read: FieldReader): string => {
      const value = read(name);
      return typeof value === 'string' ? value : pythonStr(value, spec.kind);
    };
    return { name, isPlain: true, render };
  }
  return { name, isPlain: false, render: (read) => convertPercent(read(name), spec) };
}

interface Conversion {
  /** Index after the conversion. */
  readonly end: number;
  readonly name: string | undefined;
  readonly piece: FieldPiece;
  readonly failed: boolean;
}

/** Reads one conversion, from the character after the `%`. An invalid one fails when it is formatted, as in Python. */
export function scanConversion(fmt: string, start: number): Conversion {
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
  failure ??= conversionProblem(conversion, at, [width, precision].includes('*'));
  if (failure === undefined && name === undefined) failure = 'not enough arguments for format string';
  if (failure !== undefined || name === undefined)
    return { end: at + 1, name, piece: failing(failure ?? ''), failed: true };
  const size = precision === undefined ? undefined : Number(precision);
  const spec = { flags, width: Number(width ?? 0), precision: size, conversion, kind: fieldKind(name) };
  return { end: at + 1, name, piece: fieldPiece(name, spec), failed: false };
}

function conversionProblem(conversion: string, at: number, hasStar: boolean): string | undefined {
  // The width `*` takes the next argument, but a record has named fields only.
  if (hasStar) return '* wants int';
  if (conversion === '') return 'incomplete format';
  if (CONVERSIONS.includes(conversion)) return undefined;
  const code = (conversion.codePointAt(0) ?? 0).toString(16);
  return `unsupported format character '${conversion}' (0x${code}) at index ${at}`;
}

/**
 * As in CPython: it only searches, so one valid field makes the string valid. Zeros before a width are flags. If they could
 * also be digits, the search would be quadratic.
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
      const conversion = scanConversion(fmt, at + 1);
      if (text !== '') pieces.push(text);
      text = '';
      pieces.push(conversion.piece);
      if (conversion.name !== undefined) fields.add(conversion.name);
      if (conversion.failed) return { pieces, fields };
      at = conversion.end;
    }
  }
  if (text !== '') pieces.push(text);
  return { pieces, fields };
}

/**
 * Ports logging.PercentStyle (CPython 3.14).
 *
 * Differs: a conversion without a name (`%s`) fails when it is formatted. Python may print the whole dict of the record.
 */
export class PercentStyle implements FormatStyle {
  static readonly defaultFormat = '%(message)s';
  readonly fmt: string;
  readonly fields: ReadonlySet<string>;
  readonly pieces: readonly Piece[];

  constructor(fmt: string) {
    this.fmt = fmt === '' ? PercentStyle.defaultFormat : fmt;
    const { pieces, fields } = compile(this.fmt);
    this.pieces = pieces;
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
    return joinPieces(this.pieces, read, guard);
  }
}

const CONVERSION = /%(?:(%)|([-+ 0#]*)(\d*)(?:\.(\d*))?[hlL]?([diouxXeEfFgGcrsa]))/g;

/** Formats a text and a number, for time formats. @throws FormatError if the pattern does not take two values. */
export function formatPair(pattern: string, text: string, number: number): string {
  // The default pattern, in a shorter way.
  if (pattern === '%s,%03d' && number >= 0) return `${text},${String(Math.trunc(number)).padStart(3, '0')}`;
  const values = [text, number];
  let used = 0;
  const result = pattern.replace(
    CONVERSION,
    // oxlint-disable-next-line max-params -- the groups of the expression
    (
      _whole,
      percent: string | undefined,
      flags = '',
      width = '',
      precision: string | undefined,
      conversion = '',
    ) => {
      if (percent !== undefined) return '%';
      if (used >= values.length) throw new FormatError('not enough arguments for format string');
      const problem = sizeProblem('width', Number(width)) ?? sizeProblem('precision', Number(precision ?? 0));
      if (problem !== undefined) throw new FormatError(`${pattern}: ${problem}`);
      return convertPercent(values[used++], {
        flags: String(flags),
        width: Number(width),
        precision: precision === undefined ? undefined : Number(precision),
        conversion: String(conversion),
        kind: used === 2 ? 'float' : undefined,
      });
    },
  );
  if (used < values.length) throw new FormatError('not all arguments converted during string formatting');
  return result;
}
