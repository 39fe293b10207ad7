/** One write(2) that does not stop half way: loops over short writes, waits out a full pipe within a budget. */
import { writeSync } from 'node:fs';
import { errorCode } from './error-code';
import { IncompleteWriteError } from './incomplete-write.error';
import { globalState } from './global-state';

/** First pause after EAGAIN, in ms; doubled up to the maximum, so a slow reader costs little CPU. */
const FIRST_PAUSE_MS = 1;
const MAX_PAUSE_MS = 16;
/** A thread stands still for readers at most so many ms in any minute: what they do not take then is given up. */
const BUDGET_MS = 5000;
const BUDGET_WINDOW_MS = 60_000;
/** Pauses that are so close together, in ms, are remembered as one. */
const SPAN_MS = 1000;

/** Never notified: waiting on it is how a thread sleeps. */
const sleeper = globalState('sleeper', () => new Int32Array(new SharedArrayBuffer(4)));

/** Time spent waiting; `end` is when the last of the pauses ended. */
interface Span {
  readonly begin: number;
  end: number;
  ms: number;
}

/** How long this thread may still wait, whatever it waits for: two stalled pipes do not stall it twice as long. */
const spans = globalState<Span[]>('write-waits', () => []);

/** Ms that may be waited now. */
function budgetLeft(): number {
  const since = performance.now() - BUDGET_WINDOW_MS;
  while ((spans[0]?.end ?? Infinity) < since) spans.shift();
  return BUDGET_MS - spans.reduce((sum, { ms }) => sum + ms, 0);
}

/** Sleeps, and takes what that took off the budget. */
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
  /** As fs.writeSync. */
  readonly write?: (data: string | Buffer) => number;
  /** Wait for a full pipe, as long as the budget lasts; the rest of a text that is partly written is always waited for. */
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
 * Returns the count of bytes when the kernel has taken the whole text, which is written as UTF-8. A full pipe is waited for,
 * 5 s a minute for all that this thread writes.
 *
 * @throws the error of writeSync (ENOSPC, EPIPE, EBADF, EAGAIN …) when nothing was written,
 * IncompleteWriteError with that error as its cause when a part was.
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
  // The count of UTF-8 bytes is computed once and only compared: the common case makes no Buffer.
  if (written === Buffer.byteLength(text)) return written;
  return writeFrom(write, Buffer.from(text), { written, isPatient });
}
