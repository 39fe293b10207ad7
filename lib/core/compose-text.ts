/** Message, exception and stack joined into one text, in Python's order. */
import { formatException } from './exception-text';
import type { LogRecord } from './log-record';

export interface ComposeOptions {
  /** @defaultValue formatException */
  readonly formatException?: (error: unknown) => string;
  /** @defaultValue the text as it is */
  readonly formatStack?: (stack: string) => string;
}

function below(text: string, next: string): string {
  return text.endsWith('\n') ? text + next : `${text}\n${next}`;
}

/** Adds `exc_text`, cached on the record by the first formatter as in Python, and `stack_info` below the message. */
export function composeText(message: string, record: LogRecord, options: ComposeOptions = {}): string {
  let text = message;
  const error = record.excInfo;
  if (error !== undefined && error !== null && !record.excText) {
    record.excText = (options.formatException ?? formatException)(error);
  }
  if (record.excText) text = below(text, record.excText);
  if (record.stackInfo) text = below(text, options.formatStack?.(record.stackInfo) ?? record.stackInfo);
  return text;
}
