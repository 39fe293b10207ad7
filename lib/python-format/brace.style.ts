/** Format strings of the style `{name}`: Python's str.format. */
import { ConfigurationError, FormatError } from '../errors';
import { parseBraces, parseFieldPath, readFieldPath, type BraceField } from './brace-parser';
import { formatWithSpec, specProblem } from './format-spec';
import {
  failing,
  joinPieces,
  MAX_WIDTH,
  type FieldReader,
  type FormatStyle,
  type Piece,
  type TextGuard,
} from './format-style';
import { pythonAscii, pythonRepr, pythonStr, type FieldKind } from './python-text';

/** CPython's checks for a spec and for the expression of a field. */
const VALID_SPEC =
  /^(?:.?[<=>^])?[+ -]?#?0?(?:\d+|\{[\p{L}\p{N}_]+\})?[,_]?(?:\.(?:\d+|\{[\p{L}\p{N}_]+\}))?[bcdefgnosx%]?\n?$/iu;
const VALID_FIELD = /^(?:\d+|[\p{L}\p{N}_]+)(?:\.[\p{L}\p{N}_]+|\[[^\]]+\])*\n?$/u;

/** A spec may contain fields, but their specs may not. */
const MAX_NESTING = 2;

function convert(value: unknown, conversion: string | undefined, kind: FieldKind): unknown {
  switch (conversion) {
    case undefined:
      return value;
    case 'r':
      return pythonRepr(value, kind);
    case 's':
      return pythonStr(value, kind);
    case 'a':
      return pythonAscii(value, kind);
    default:
      throw new FormatError(`Unknown conversion specifier ${conversion}`);
  }
}

/** The spec after its fields are replaced. */
function specText(pieces: readonly Piece[], read: FieldReader): string {
  let text = '';
  for (const piece of pieces) {
    text += typeof piece === 'string' ? piece : piece.render(read);
    if (text.length > MAX_WIDTH)
      throw new FormatError(`Invalid format specifier: it is longer than ${MAX_WIDTH} characters`);
  }
  return text;
}

/** @throws ConfigurationError for a width or precision that is too large, also if the format is not validated. */
function refuseSizes({ name, spec }: BraceField): void {
  const problem = specProblem(spec);
  if (problem === undefined) return;
  throw new ConfigurationError(`invalid format: {${name}}: ${problem}`, { code: 'ERR_LOG_FORMAT_STRING' });
}

/** @param fields - the names of the fields are added to it */
function compileField(field: BraceField, nesting: number, fields: Set<string>): Piece {
  const path = parseFieldPath(field.name);
  fields.add(path.name);
  const spec = field.spec.includes('{') ? compile(field.spec, nesting + 1, fields) : undefined;
  if (spec === undefined) refuseSizes(field);
  const { conversion } = field;
  const isPlain =
    spec === undefined && field.spec === '' && conversion === undefined && path.steps.length === 0;
  const render = (read: FieldReader): string => {
    const { value, kind } = readFieldPath(path, read);
    if (isPlain) return pythonStr(value, kind);
    const converted = convert(value, conversion, kind);
    const wanted = spec === undefined ? field.spec : specText(spec, read);
    return formatWithSpec(converted, wanted, conversion === undefined ? kind : undefined);
  };
  return { name: path.name, isPlain, render };
}

function compile(fmt: string, nesting: number, fields: Set<string>): readonly Piece[] {
  if (nesting > MAX_NESTING) return [failing('Max string recursion exceeded')];
  const { pieces: parsed, failure } = parseBraces(fmt);
  const pieces = parsed.map((part) =>
    typeof part === 'string' ? part : compileField(part, nesting, fields),
  );
  if (failure !== undefined) pieces.push(failing(failure));
  return pieces;
}

function problemOf(field: BraceField): string | undefined {
  if (field.name !== '' && !VALID_FIELD.test(field.name)) {
    return `invalid field name/expression: ${pythonRepr(field.name)}`;
  }
  if (field.conversion !== undefined && !'rsa'.includes(field.conversion)) {
    return `invalid conversion: ${pythonRepr(field.conversion)}`;
  }
  return field.spec !== '' && !VALID_SPEC.test(field.spec)
    ? `bad specifier: ${pythonRepr(field.spec)}`
    : undefined;
}

/**
 * Ports logging.StrFormatStyle (CPython 3.14).
 *
 * Differs: `.key` and `[key]` read own properties only. Python also reads methods and classes.
 */
export class BraceStyle implements FormatStyle {
  static readonly defaultFormat = '{message}';
  readonly fmt: string;
  readonly fields: ReadonlySet<string>;
  readonly pieces: readonly Piece[];

  constructor(fmt: string) {
    this.fmt = fmt === '' ? BraceStyle.defaultFormat : fmt;
    const fields = new Set<string>();
    this.pieces = compile(this.fmt, 1, fields);
    this.fields = fields;
  }

  usesTime(): boolean {
    return this.fmt.includes('{asctime');
  }

  validate(): void {
    const problem = this.#problem();
    if (problem === undefined) return;
    throw new ConfigurationError(`invalid format: ${problem}`, { code: 'ERR_LOG_FORMAT_STRING' });
  }

  render(read: FieldReader, guard?: TextGuard): string {
    return joinPieces(this.pieces, read, guard);
  }

  #problem(): string | undefined {
    const { pieces, failure } = parseBraces(this.fmt);
    let named = false;
    for (const piece of pieces) {
      if (typeof piece === 'string') continue;
      const problem = problemOf(piece);
      if (problem !== undefined) return problem;
      if (piece.name !== '') named = true;
    }
    return failure ?? (named ? undefined : 'no fields');
  }
}
