/** What a style of format strings offers: the string is compiled once, and rendered for each record. */

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

export function joinPieces(
  pieces: readonly Piece[],
  read: FieldReader,
  guard: TextGuard | undefined,
): string {
  let text = '';
  for (const piece of pieces) text += piece(read, guard);
  return text;
}
