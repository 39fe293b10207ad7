/** Format strings of the style `$name` and `${name}`: Python's string.Template. */
import { ConfigurationError } from '../errors';
import {
  failing,
  joinPieces,
  type FieldReader,
  type FormatStyle,
  type Piece,
  type TextGuard,
} from './format-style';
import { fieldKind, pythonStr } from './python-text';

/** Escaped, named, braced, or an invalid `$`. */
const PLACEHOLDER = /\$(?:(\$)|([_a-z][_a-z0-9]*)|\{([_a-z][_a-z0-9]*)\})?/gi;

/** Line and column of a bare `$`, counted as by string.Template. */
function placeOf(fmt: string, index: number): string {
  const lines = fmt.slice(0, index + 1).split(/(?<=\r\n|[\n\v\f\r\x1c-\x1e\x85\u2028\u2029](?!\n))/);
  const last = lines.at(-1) ?? '';
  return `line ${lines.length}, col ${last.length}`;
}

function fieldPiece(name: string): Piece {
  const kind = fieldKind(name);
  return { name, isPlain: true, render: (read) => pythonStr(read(name), kind) };
}

/** Ports logging.StringTemplateStyle (CPython 3.14). */
export class DollarStyle implements FormatStyle {
  static readonly defaultFormat = '${message}';
  readonly fmt: string;
  readonly fields = new Set<string>();
  readonly pieces: Piece[] = [];
  #bare = false;

  constructor(fmt: string) {
    this.fmt = fmt === '' ? DollarStyle.defaultFormat : fmt;
    let from = 0;
    for (const match of this.fmt.matchAll(PLACEHOLDER)) {
      if (match.index > from) this.pieces.push(this.fmt.slice(from, match.index));
      this.pieces.push(this.#pieceOf(match));
      from = match.index + match[0].length;
      // Rendering fails at the first bare `$`.
      if (this.#bare) return;
    }
    if (from < this.fmt.length) this.pieces.push(this.fmt.slice(from));
  }

  usesTime(): boolean {
    return this.fmt.includes('$asctime') || this.fmt.includes('${asctime}');
  }

  validate(): void {
    const problem = this.#bare ? "bare '$' not allowed" : this.fields.size === 0 ? 'no fields' : undefined;
    if (problem === undefined) return;
    throw new ConfigurationError(`invalid format: ${problem}`, { code: 'ERR_LOG_FORMAT_STRING' });
  }

  render(read: FieldReader, guard?: TextGuard): string {
    return joinPieces(this.pieces, read, guard);
  }

  #pieceOf(match: RegExpMatchArray): Piece {
    if (match[1] !== undefined) return '$';
    const name = match[2] ?? match[3];
    if (name === undefined) {
      this.#bare = true;
      return failing(`Invalid placeholder in string: ${placeOf(this.fmt, match.index ?? 0)}`);
    }
    this.fields.add(name);
    return fieldPiece(name);
  }
}
