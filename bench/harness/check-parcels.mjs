/** Checks that an app has written all of its lines. */
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

/** `seen`: the counts of the server, if the client does not know them. */
export function checkParcels(job, seen) {
  // Lines of the framework at start-up are not counted.
  const isOurs = (line) => line.includes('parcel received') || /parcel (sent|checked|lost)/.test(line);
  checkLines(job.file, { expected: expectedLines(job, seen), isOurs, parse: JSON.parse, all: job.all });
}
