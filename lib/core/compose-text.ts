/** Message, exception and stack joined into one text, in Python's order. */
import { escapeControls, escapeStack } from '../internal/control-characters';
import { formatException } from './exception-text';
import type { LogRecord } from './log-record';

export interface ComposeOptions {
  /** Write control characters as escapes and set in the lines of stacks, as Formatter does. @defaultValue false */
  readonly escape?: boolean;
}

function below(text: string, next: string): string {
  return text.endsWith('\n') ? text + next : `${text}\n${next}`;
}

/** The whole text of a record by itself, as Python's default formatter writes it. */
export function plainText(record: LogRecord): string {
  record.message = record.getMessage();
  return composeText(record.message, record);
}

/** Adds `exc_text`, cached on the record by the first formatter as in Python, and `stack_info` below the message. */
export function composeText(
  message: string,
  record: LogRecord,
  { escape = false }: ComposeOptions = {},
): string {
  let text = escape ? escapeControls(message) : message;
  const error = record.excInfo;
  if (error !== undefined && error !== null && !record.excText) record.excText = formatException(error);
  // The text on the record is Python's: a formatter may print it another way.
  if (record.excText) text = below(text, escape ? escapeStack(record.excText) : record.excText);
  if (record.stackInfo) text = below(text, escape ? escapeStack(record.stackInfo) : record.stackInfo);
  return text;
}
