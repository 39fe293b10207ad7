/** Repeats a piece of work for a given time, and measures CPU time and heap of the process. */
import { setImmediate } from 'node:timers/promises';

/** Lines, calls or units between two checks of the clock. At each check, asynchronous loggers get the event loop. */
const CHUNK = 500;

/** Calls `work(i)` with increasing `i` until the time is over or the count is reached; returns the next `i`. */
export async function repeat(work, { from = 0, budgetMs, most = Infinity, chunk = CHUNK }) {
  const end = performance.now() + budgetMs;
  let i = from;
  do {
    for (let n = 0; n < chunk; n++) work(i++);
    await setImmediate();
  } while (performance.now() < end && i - from < most);
  return i;
}

/** CPU time of all threads of the process since an earlier reading, in ms. */
export function cpuMs(since) {
  const { user, system } = process.cpuUsage(since);
  return (user + system) / 1000;
}

export function heapUsed() {
  // Twice: finalizers and weak callbacks of the first collection free more in the second.
  globalThis.gc();
  globalThis.gc();
  return process.memoryUsage().heapUsed;
}
