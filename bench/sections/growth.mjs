/** The cost of a request with 0 to 1000 DEBUG records. */
import { checkParcels } from '../harness/check-parcels.mjs';
import { target } from '../harness/ratios.mjs';
import { serveOnce } from '../harness/serve-once.mjs';
import { short } from '../harness/statistics.mjs';
import { table } from '../harness/table.mjs';

export const title = 'Growth';
export const about =
  'Express 5, 64 connections, 2 INFO and 0 to 1000 DEBUG records per request, no failures: CPU time of the server per request in ' +
  'µs, and its ratio to the ideal. The floor is the same as in the section above.';

export const isServed = true;
export const rounds = { full: 3 };

const DEBUGS = [0, 10, 100, 1000];
const APPS = [
  ['no logging', 'none', 'nothing'],
  ['ideal', 'ideal', 'hindsight'],
  ['floor, whole records', 'floor-records', 'hindsight'],
  ['ours', 'ours', 'hindsight'],
  ['pino at info', 'pino', 'info'],
  ['pino at debug', 'pino', 'debug'],
];

export function jobs() {
  return DEBUGS.flatMap((debugs) =>
    APPS.map(([subject, app, writes]) => ({
      section: 'growth',
      subject,
      variant: String(debugs),
      framework: 'express',
      app,
      writes,
      level: writes === 'info' ? 'info' : 'debug',
      debugs,
      failing: false,
      connections: 64,
    })),
  );
}

/** The more records a request logs, the fewer requests are needed for a stable figure. */
export function run(job) {
  return serveOnce(scaled(job));
}

function scaled(job) {
  const share = 1 / (1 + job.debugs / 200);
  const count = (requests) => Math.ceil(requests * share);
  return { ...job, warmRequests: count(job.warmRequests), requests: count(job.requests) };
}

export function verify({ seen }, job) {
  checkParcels(scaled(job), seen);
}

export function report(results) {
  const columns = DEBUGS.map((debugs) => results.of(String(debugs)));
  const cell = (values, subject) => {
    const value = values.get(subject);
    const ideal = values.get('ideal');
    return value === undefined ? '–' : `${short(value)} (${short(value / ideal)} ×)`;
  };
  const rows = APPS.map(([subject]) => [subject, ...columns.map((values) => cell(values, subject))]);
  const ratio = (values) => values.get('ours') / values.get('ideal');
  return {
    tables: [table(['DEBUG records a request', ...DEBUGS], rows)],
    targets: DEBUGS.map((debugs, index) =>
      target(`growth, ${debugs} DEBUG records: at most 1.15 × ideal`, ratio(columns[index]), 1.15),
    ),
  };
}
