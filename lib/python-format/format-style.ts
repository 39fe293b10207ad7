/** What a style of format strings offers: the string is compiled once, and rendered for each record. */

/** Most characters of a format string. */
export const MAX_FORMAT = 10_000;

/**
 * Most characters that a width fills, and most digits that a precision asks for: a few bytes of configuration, or a
 * field that a client sends, must not make a line of megabytes.
 */
export const MAX_WIDTH = 5000;

/** Reads a field by the name in the format string. Throws FormatError when nobody has it. */
export type FieldReader = (name: string) => unknown;

/** Applied to what a field comes to, so that a value cannot write control characters. */
export type TextGuard = (text: string, field: string) => string;

export interface FormatStyle {
  /** The format string, after the default for an empty one. */
  readonly fmt: string;
  /** Names of the record fields that the format string reads. */
  readonly fields: ReadonlySet<string>;
  /** The string prints `asctime`. By substring, as in Python. */
  usesTime(): boolean;
  /** @throws ConfigurationError `ERR_LOG_FORMAT_STRING` with Python's sentence. */
  validate(): void;
  /** @throws FormatError with Python's sentence. */
  render(read: FieldReader, guard?: TextGuard): string;
}

/** A piece of a compiled format string. */
export type Piece = (read: FieldReader, guard: TextGuard | undefined) => string;

export function literal(text: string): Piece {
  return () => text;
}

/** What is wrong with a width or with a number of digits, as the end of a sentence. */
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
  for (const piece of pieces) text += piece(read, guard);
  return text;
}
