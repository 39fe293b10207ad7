/** The route that every app serves: two INFO records, some DEBUG records, and an Error in one of a hundred requests. */
import { setTimeout } from 'node:timers/promises';

/** Requests whose id ends with these digits throw; none with `failing: false`. */
const FAILING = /13$/;

/** Counts the requests of this process, because a client that sends for some seconds does not count them. */
export const seen = { requests: 0, failed: 0 };

export function parcelRoute(log, { debugs, failing, waitMs = 0 }) {
  return async function handle(req, id) {
    const fails = failing && FAILING.test(id);
    seen.requests++;
    if (fails) seen.failed++;
    log.info(req, id, 'parcel received');
    // A real handler awaits something between its lines, and the async context must survive that.
    await Promise.resolve();
    for (let step = 0; step < debugs; step++) log.debug(req, id, step);
    if (waitMs > 0) await setTimeout(waitMs);
    log.info(req, id, 'parcel sent');
    if (fails) throw new Error('parcel lost');
    return { id, state: 'sent' };
  };
}

export function countFailing({ from, count, failing }) {
  let failed = 0;
  for (let id = from; failing && id < from + count; id++) if (FAILING.test(String(id))) failed++;
  return failed;
}
