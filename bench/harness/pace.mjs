/** Logs at a given rate and measures the time of every call. */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout } from 'node:timers/promises';
import { quantile } from './statistics.mjs';

/** Maximum of calls in one turn of the event loop, for calls that are late after a stall. */
const MOST_A_TURN = 1000;

/**
 * Calls `log(i)` from `from` on, `perSecond` times a second for `seconds`. Returns the next `i`, the latency of a call,
 * and the longest delay of the event loop, in ms.
 */
export async function keepPace(log, { from, perSecond, seconds }) {
  const count = Math.ceil(perSecond * seconds);
  const latencies = new Float64Array(count);
  const loop = monitorEventLoopDelay({ resolution: 1 });
  loop.enable();
  const start = performance.now();
  for (let done = 0; done < count;) {
    const due = Math.min(count, Math.floor(((performance.now() - start) / 1000) * perSecond));
    const end = Math.min(due, done + MOST_A_TURN);
    for (; done < end; done++) {
      const called = performance.now();
      log(from + done);
      latencies[done] = performance.now() - called;
    }
    await setTimeout(1);
  }
  loop.disable();
  latencies.sort();
  return {
    next: from + count,
    p50: quantile(latencies, 0.5),
    p999: quantile(latencies, 0.999),
    max: latencies[count - 1],
    loopMax: loop.max / 1e6,
  };
}
