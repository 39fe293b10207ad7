/** Runs a piece of work for a given time and says what it cost the whole process in CPU. */
import { setImmediate } from 'node:timers/promises';

/** Lines, calls or units between two looks at the clock; also lets asynchronous loggers have the event loop. */
const CHUNK = 500;

/** Calls `work(i)` with growing `i` until the time or the count is used up; returns the next `i`. */
export async function repeat(work, { from = 0, budgetMs, most = Infinity, chunk = CHUNK }) {
  const end = performance.now() + budgetMs;
  let i = from;
  do {
    for (let n = 0; n < chunk; n++) work(i++);
    await setImmediate();
  } while (performance.now() < end && i - from < most);
  return i;
}

/** CPU time of the process, all threads, in ms since an earlier reading. */
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
