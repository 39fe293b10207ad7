/** The route every app serves: two INFO records, some DEBUG records, and one request in a hundred that throws. */
import { setTimeout } from 'node:timers/promises';

/** Requests whose id ends so throw; none with `failing: false`. */
const FAILING = /13$/;

/** What the route of this process has seen: a client that sends for some seconds does not know it. */
export const seen = { requests: 0, failed: 0 };

export function parcelRoute(log, { debugs, failing, waitMs = 0 }) {
  return async function handle(req, id) {
    const fails = failing && FAILING.test(id);
    seen.requests++;
    if (fails) seen.failed++;
    log.info(req, id, 'parcel received');
    // A real handler waits for something between its lines; the context has to survive that.
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
