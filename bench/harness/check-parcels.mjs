/** How many lines an app must have written, and that they are there. */
import { countFailing } from '../servers/parcels.mjs';
import { checkLines } from './check-lines.mjs';

/** `writes`: 'nothing', 'info', 'debug' (everything), or 'hindsight' (DEBUG of failing requests only). */
export function expectedLines({ writes, debugs, failing, warmRequests, requests }, seen) {
  const count = seen?.requests ?? warmRequests + requests;
  const failed = seen?.failed ?? countFailing({ from: 0, count, failing });
  if (writes === 'nothing') return 0;
  const debugLines = { info: 0, debug: count * debugs, hindsight: failed * debugs }[writes];
  return count * 2 + failed + debugLines;
}

/** `seen`: what the server has counted, where the client does not know it. */
export function checkParcels(job, seen) {
  // A framework's own lines at start-up are not counted.
  const isOurs = (line) => line.includes('parcel received') || /parcel (sent|checked|lost)/.test(line);
  checkLines(job.file, { expected: expectedLines(job, seen), isOurs, parse: JSON.parse, all: job.all });
}
