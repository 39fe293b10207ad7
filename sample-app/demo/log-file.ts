/** What the shop has written to its JSON file, request by request. */
import { readFileSync } from 'node:fs';

export interface LoggedError {
  readonly message: string;
  readonly stack: string;
  readonly cause?: LoggedError;
}

/** The members of a line that are looked at here. */
export interface LogLine {
  readonly level: string;
  readonly logger: string;
  readonly message: string;
  readonly error?: LoggedError;
  readonly seq?: number;
  readonly requestId?: string;
  /** On lines that were held back first. */
  readonly hindsight?: {
    readonly scope: string;
    readonly reason: string;
    /** On the line in front of them. */
    readonly dump?: { readonly title: string; readonly error?: string; readonly records: number };
  };
  /** Bytes in the file. */
  readonly bytes: number;
}

/** @throws SyntaxError if a line is not JSON, and Error if the last one is cut off. */
export function readLog(file: string): readonly LogLine[] {
  const lines = readFileSync(file, 'utf8').split('\n');
  if (lines.pop() !== '') throw new Error(`the last line of ${file} is cut off`);
  return lines.map((line) => ({ ...(JSON.parse(line) as LogLine), bytes: Buffer.byteLength(line) + 1 }));
}

/** Those of certain requests, in the order they were written. */
export function linesOf(lines: readonly LogLine[], requestIds: ReadonlySet<string>): readonly LogLine[] {
  return lines.filter(({ requestId }) => requestId !== undefined && requestIds.has(requestId));
}
