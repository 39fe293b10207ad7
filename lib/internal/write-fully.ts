/** One write(2) that does not stop half way: loops over short writes, waits out a full pipe. */
import { writeSync } from 'node:fs';
import { errorCode } from './error-code';
import { IncompleteWriteError } from './incomplete-write.error';
import { processSlot } from './process-slot';

/** First pause after EAGAIN, in ms; doubled up to the maximum, so a slow reader costs little CPU. */
const FIRST_PAUSE_MS = 1;
const MAX_PAUSE_MS = 16;
/** A reader that takes nothing for this long is taken for dead: the record is given up, the app goes on. */
export const PATIENCE_MS = 5000;

/** Never notified: waiting on it is how a thread sleeps. */
const sleeper = processSlot('sleeper', () => new Int32Array(new SharedArrayBuffer(4)));

interface Patience {
  waitedMs: number;
  pauseMs: number;
  limitMs: number;
}

/** Bytes taken by the kernel; 0 after a pause when it took none. */
function attempt(fd: number, bytes: Buffer, patience: Patience): number {
  try {
    const written = writeSync(fd, bytes);
    patience.waitedMs = 0;
    patience.pauseMs = FIRST_PAUSE_MS;
    // It does read, if slowly: from here on it is waited for.
    patience.limitMs = PATIENCE_MS;
    return written;
  } catch (error) {
    if (errorCode(error) !== 'EAGAIN' || patience.waitedMs >= patience.limitMs) throw error;
    Atomics.wait(sleeper, 0, 0, patience.pauseMs);
    patience.waitedMs += patience.pauseMs;
    patience.pauseMs = Math.min(patience.pauseMs * 2, MAX_PAUSE_MS);
    return 0;
  }
}

function writeFrom(fd: number, bytes: Buffer, start: { written: number; limitMs: number }): number {
  const patience = { waitedMs: 0, pauseMs: FIRST_PAUSE_MS, limitMs: start.limitMs };
  let written = start.written;
  while (written < bytes.length) {
    try {
      written += attempt(fd, bytes.subarray(written), patience);
    } catch (error) {
      throw written === 0 ? error : new IncompleteWriteError(written, error);
    }
  }
  return written;
}

/**
 * Returns the count of bytes when the kernel has taken the whole text, which is written as UTF-8.
 * `patienceMs` is how long a full pipe is waited for.
 *
 * @throws the error of writeSync (ENOSPC, EPIPE, EBADF, EAGAIN …) when nothing was written,
 * IncompleteWriteError with that error as its cause when a part was.
 */
export function writeFully(fd: number, text: string | Buffer, patienceMs = PATIENCE_MS): number {
  if (typeof text !== 'string') return writeFrom(fd, text, { written: 0, limitMs: patienceMs });
  let written = 0;
  try {
    written = writeSync(fd, text);
  } catch (error) {
    if (errorCode(error) !== 'EAGAIN') throw error;
  }
  // The count of UTF-8 bytes is computed once and only compared: the common case makes no Buffer.
  if (written === Buffer.byteLength(text)) return written;
  return writeFrom(fd, Buffer.from(text), { written, limitMs: written === 0 ? patienceMs : PATIENCE_MS });
}
