/** Reads the JSON file of the shop. */
import { readFileSync } from 'node:fs';

export interface LoggedError {
  readonly message: string;
  readonly stack: string;
  readonly cause?: LoggedError;
}

/** The members of a line that the demo uses. */
export interface LogLine {
  readonly level: string;
  readonly logger: string;
  readonly message: string;
  readonly error?: LoggedError;
  readonly seq?: number;
  readonly requestId?: string;
  /** On lines of a dump. */
  readonly hindsight?: {
    readonly scope: string;
    readonly reason: string;
    /** On the first line of a dump. */
    readonly dump?: { readonly title: string; readonly error?: string; readonly records: number };
  };
  /** Length in the file. */
  readonly bytes: number;
}

/** @throws SyntaxError if a line is not JSON, and Error if the last line is incomplete. */
export function readLog(file: string): readonly LogLine[] {
  const lines = readFileSync(file, 'utf8').split('\n');
  if (lines.pop() !== '') throw new Error(`the last line of ${file} is incomplete`);
  return lines.map((line) => ({ ...(JSON.parse(line) as LogLine), bytes: Buffer.byteLength(line) + 1 }));
}

/** The lines of these requests, in the order in which they were written. */
export function linesOf(lines: readonly LogLine[], requestIds: ReadonlySet<string>): readonly LogLine[] {
  return lines.filter(({ requestId }) => requestId !== undefined && requestIds.has(requestId));
}
