/** Format strings of the style `{name}`: Python's str.format. */
import { ConfigurationError, FormatError } from '../../errors';
import { parseFieldPath, readFieldPath } from './brace-field';
import { parseBraces, type BraceField } from './brace-parser';
import {
  joinPieces,
  literal,
  type FieldReader,
  type FormatStyle,
  type Piece,
  type TextGuard,
} from './format-style';
import { formatWithSpec } from './format-spec';
import { pythonAscii, pythonRepr, pythonStr, type FieldKind } from './python-text';

/** CPython's checks of a spec and of a field's expression. */
const VALID_SPEC =
  /^(?:.?[<=>^])?[+ -]?#?0?(?:\d+|\{[\p{L}\p{N}_]+\})?[,_]?(?:\.(?:\d+|\{[\p{L}\p{N}_]+\}))?[bcdefgnosx%]?\n?$/iu;
const VALID_FIELD = /^(?:\d+|[\p{L}\p{N}_]+)(?:\.[\p{L}\p{N}_]+|\[[^\]]+\])*\n?$/u;

/** A spec may hold fields, but their specs may not. */
const MAX_NESTING = 2;

function failing(message: string): Piece {
  return () => {
    throw new FormatError(message);
  };
}

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

interface Compiled {
  readonly pieces: readonly Piece[];
  readonly fields: readonly string[];
}

function compileField(
  field: BraceField,
  nesting: number,
): { readonly piece: Piece; readonly fields: readonly string[] } {
  const path = parseFieldPath(field.name);
  const spec = field.spec.includes('{') ? compile(field.spec, nesting + 1) : undefined;
  const plain =
    spec === undefined && field.spec === '' && field.conversion === undefined && path.steps.length === 0;
  const piece: Piece = (read, guard) => {
    const { value, kind } = readFieldPath(path, read);
    let text: string;
    if (plain) {
      text = pythonStr(value, kind);
    } else {
      const converted = convert(value, field.conversion, kind);
      const wanted = spec === undefined ? field.spec : joinPieces(spec.pieces, read, undefined);
      text = formatWithSpec(converted, wanted, field.conversion === undefined ? kind : undefined);
    }
    return guard === undefined ? text : guard(text, path.name);
  };
  return { piece, fields: [path.name, ...(spec?.fields ?? [])] };
}

function compile(fmt: string, nesting: number): Compiled {
  if (nesting > MAX_NESTING) return { pieces: [failing('Max string recursion exceeded')], fields: [] };
  const { pieces: parsed, failure } = parseBraces(fmt);
  const pieces: Piece[] = [];
  const fields: string[] = [];
  for (const part of parsed) {
    if (typeof part === 'string') {
      pieces.push(literal(part));
    } else {
      const compiled = compileField(part, nesting);
      pieces.push(compiled.piece);
      fields.push(...compiled.fields);
    }
  }
  if (failure !== undefined) pieces.push(failing(failure));
  return { pieces, fields };
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
 * Differs: `.key` and `[key]` read own properties only; Python walks methods and classes of live objects.
 */
export class BraceStyle implements FormatStyle {
  static readonly defaultFormat = '{message}';
  readonly fmt: string;
  readonly fields: ReadonlySet<string>;
  readonly #pieces: readonly Piece[];

  constructor(fmt: string) {
    this.fmt = fmt === '' ? BraceStyle.defaultFormat : fmt;
    const { pieces, fields } = compile(this.fmt, 1);
    this.#pieces = pieces;
    this.fields = new Set(fields);
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
    return joinPieces(this.#pieces, read, guard);
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
