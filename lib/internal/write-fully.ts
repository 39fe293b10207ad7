/** One write(2) that continues after a partial write and waits for a full pipe within a time budget. */
import { writeSync } from 'node:fs';
import { errorCode } from './error-code';
import { globalState } from './global-state';

/** The kernel accepted the first `written` bytes, then the write failed with `cause`. */
export class IncompleteWriteError extends Error {
  override readonly name = 'IncompleteWriteError';
  readonly written: number;

  constructor(written: number, cause: unknown) {
    super(`only the first ${written} bytes were written`, { cause });
    this.written = written;
  }
}

/** First pause after EAGAIN, in ms. Doubled up to the maximum, so that a slow reader costs little CPU time. */
const FIRST_PAUSE_MS = 1;
const MAX_PAUSE_MS = 16;
/** A thread waits for readers at most this many ms in any minute. After that, a write fails. */
const BUDGET_MS = 5000;
const BUDGET_WINDOW_MS = 60_000;
/** Pauses within this many ms are stored as one. */
const SPAN_MS = 1000;

/** Never notified. A thread sleeps by waiting for it. */
const sleeper = new Int32Array(new SharedArrayBuffer(4));

/** Time spent waiting. `end` is the end of the last pause. */
interface Span {
  readonly begin: number;
  end: number;
  ms: number;
}

/** The recent waits of this thread, for any file, so that two full pipes do not block it twice as long. */
const spans = globalState('write-waits', (): Span[] => []);

/** How long the thread may wait now, in ms. */
function budgetLeft(): number {
  const since = performance.now() - BUDGET_WINDOW_MS;
  while ((spans[0]?.end ?? Infinity) < since) spans.shift();
  return BUDGET_MS - spans.reduce((sum, { ms }) => sum + ms, 0);
}

/** Sleeps and records the time. */
function pause(ms: number): void {
  const begin = performance.now();
  Atomics.wait(sleeper, 0, 0, ms);
  const end = performance.now();
  const last = spans.at(-1);
  if (last === undefined || begin - last.begin > SPAN_MS) spans.push({ begin, end, ms: end - begin });
  else {
    last.end = end;
    last.ms += end - begin;
  }
}

export interface WriteOptions {
  /** By default fs.writeSync. */
  readonly write?: (data: string | Buffer) => number;
  /** Wait for a full pipe within the budget. For the rest of a partly written text, it always waits. @defaultValue true */
  readonly isPatient?: boolean;
}

type Write = Required<WriteOptions>['write'];

function writeFrom(write: Write, bytes: Buffer, start: { written: number; isPatient: boolean }): number {
  let { written } = start;
  let pauseMs = FIRST_PAUSE_MS;
  while (written < bytes.length) {
    try {
      written += write(bytes.subarray(written));
      pauseMs = FIRST_PAUSE_MS;
    } catch (error) {
      const left = errorCode(error) === 'EAGAIN' && (start.isPatient || written > 0) ? budgetLeft() : 0;
      if (left < 1) throw written === 0 ? error : new IncompleteWriteError(written, error);
      pause(Math.min(pauseMs, left));
      pauseMs = Math.min(pauseMs * 2, MAX_PAUSE_MS);
    }
  }
  return written;
}

/**
 * Writes the whole text, as UTF-8, and returns the number of bytes. Waits for a full pipe, for at most 5 s in a minute
 * for all
 * writes of this thread.
 *
 * @throws the error of writeSync (ENOSPC, EPIPE, EBADF, EAGAIN …) if nothing was written, or IncompleteWriteError with that
 * error as its cause if a part was.
 */
export function writeFully(fd: number, text: string | Buffer, options: WriteOptions = {}): number {
  const { write = (data) => writeSync(fd, data as string), isPatient = true } = options;
  if (typeof text !== 'string') return writeFrom(write, text, { written: 0, isPatient });
  let written = 0;
  try {
    written = write(text);
  } catch (error) {
    if (errorCode(error) !== 'EAGAIN' || !isPatient) throw error;
  }
  // The common case: only the number of UTF-8 bytes is computed, no Buffer.
  if (written === Buffer.byteLength(text)) return written;
  return writeFrom(write, Buffer.from(text), { written, isPatient });
}
