/** The interface of a style of format strings. A string is compiled once and rendered for each record. */
import { FormatError } from '../errors';

/** Most characters of a format string. */
export const MAX_FORMAT = 10_000;

/**
 * Largest width and precision. A few bytes of configuration, or a field that a client sends, must not produce a line of
 * megabytes.
 */
export const MAX_WIDTH = 5000;

/** Reads a field by its name in the format string. Throws FormatError if there is no such field. */
export type FieldReader = (name: string) => unknown;

/** Applied to the text of a field, to escape control characters. */
export type TextGuard = (text: string, field: string) => string;

export interface FormatStyle {
  /** The format string. For an empty one, the default. */
  readonly fmt: string;
  /** Names of the record fields that the format string reads. */
  readonly fields: ReadonlySet<string>;
  /** The compiled string. */
  readonly pieces: readonly Piece[];
  /** Whether the string prints `asctime`. Searches for a substring, as in Python. */
  usesTime(): boolean;
  /** @throws ConfigurationError `ERR_LOG_FORMAT_STRING` with Python's message. */
  validate(): void;
  /** @throws FormatError with Python's message. */
  render(read: FieldReader, guard?: TextGuard): string;
}

/** A field of a compiled format string. */
export interface FieldPiece {
  readonly name: string;
  /** Prints a value that is a string unchanged. */
  readonly isPlain: boolean;
  readonly render: (read: FieldReader) => string;
}

/** A piece of a compiled format string: the text between two fields, or a field. */
export type Piece = string | FieldPiece;

/** A piece that cannot be formatted: it fails when the string is rendered, as in Python. */
export function failing(message: string): FieldPiece {
  return {
    name: '',
    isPlain: false,
    render() {
      throw new FormatError(message);
    },
  };
}

/** The problem with a width or precision, as the end of a message. Undefined if it is valid. */
export function sizeProblem(what: 'width' | 'precision', size: number | undefined): string | undefined {
  return size === undefined || size <= MAX_WIDTH
    ? undefined
    : `the ${what} must be at most ${MAX_WIDTH}, got ${size}`;
}

export function joinPieces(
  pieces: readonly Piece[],
  read: FieldReader,
  guard: TextGuard | undefined,
): string {
  let text = '';
  for (const piece of pieces) {
    if (typeof piece === 'string') text += piece;
    else text += guard === undefined ? piece.render(read) : guard(piece.render(read), piece.name);
  }
  return text;
}
