/** The flood: every request fails, at a constant rate. The number of dumps is limited, and every failure is counted. */
import { Claims, mib, table } from './claims.mjs';
import { withProcesses } from './processes.mjs';
import { FLOOD_STEPS } from './route.mjs';
import { readWritten } from './written.mjs';

const PER_SECOND = 1000;
const IN_FLIGHT = 128;
/** The default of `maxDumpsPerSecond`: this many dumps at once, and this many per second after that. */
const DUMPS_PER_SECOND = 20;
const SUMMARY_SECONDS = 5;

const isForced = (n) => n % 100 === 13;
const isManual = (n) => n % 100 === 63;
const isLimited = (n) => !isForced(n) && !isManual(n);
const kindOf = (n) => (n % 2 === 0 ? 'TypeError' : 'RangeError');

/** The maximum number of the sorted `times`, in ms, within one second. */
function mostInASecond(times) {
  let [most, first] = [0, 0];
  for (let last = 0; last < times.length; last++) {
    while (times[last] - times[first] >= 1000) first++;
    most = Math.max(most, last - first + 1);
  }
  return most;
}

async function load({ file, server, client }, { lib, framework, seconds }) {
  const requests = seconds * PER_SECOND;
  const { port } = await server('open', { lib, framework, file, mix: {}, options: {} });
  // Warms up, so that the compilation of the code is not measured.
  const warm = await client({ port, inFlight: IN_FLIGHT, perSecond: PER_SECOND, from: 0, count: PER_SECOND });
  await server('begin');
  const paced = await client({
    port,
    inFlight: IN_FLIGHT,
    perSecond: PER_SECOND,
    from: PER_SECOND,
    count: requests,
  });
  const rest = await server('rest', { timeoutMs: 10_000 });
  return {
    requests: requests + PER_SECOND,
    answered: (warm.statuses[500] ?? 0) + (paced.statuses[500] ?? 0),
    perSecond: requests / paced.seconds,
    seconds: warm.seconds + paced.seconds,
    rest,
    counted: await server('close'),
  };
}

/** Counts failures that were written or left out, of one kind of Error or of all. */
function countWritten({ requests }, { steps, errors }, kind) {
  const counts = { failures: 0, dumped: 0, limited: 0, torn: 0, wrong: 0, missing: 0 };
  for (let n = 0; n < requests; n++) {
    if (kind !== undefined && kindOf(n) !== kind) continue;
    counts.failures++;
    const isWritten = steps[n] > 0;
    if (isWritten) counts.dumped++;
    if (isWritten && isLimited(n)) counts.limited++;
    if (!isWritten && !isLimited(n)) counts.missing++;
    if (isWritten && steps[n] !== FLOOD_STEPS) counts.torn++;
    if (errors[n] !== (isWritten ? 1 : 0)) counts.wrong++;
  }
  return counts;
}

function claimSummaries(claims, run, written) {
  const sumOf = (kind, field) =>
    written.floods.filter(({ error }) => error === kind).reduce((sum, flood) => sum + flood[field], 0);
  for (const kind of ['TypeError', 'RangeError']) {
    const { failures, dumped } = countWritten(run, written, kind);
    claims.same(`${kind}: failures in the summaries`, sumOf(kind, 'failures'), failures - dumped);
    claims.same(
      `${kind}: records in the summaries`,
      sumOf(kind, 'records'),
      (failures - dumped) * FLOOD_STEPS,
    );
  }
  claims.most('summaries', written.floods.length, 2 * (Math.ceil(run.seconds / SUMMARY_SECONDS) + 1));
}

function claimCounts(claims, run, written) {
  const { scopes, records, logged } = run.counted;
  const counts = countWritten(run, written);
  claims.same('answers 500', run.answered, run.requests);
  claims.same('scopes opened', scopes.opened, run.requests);
  claims.same('scopes settled', scopes.settled, run.requests);
  claims.same('dumps', scopes.dumps, counts.dumped);
  claims.same('failures = written + only counted', counts.dumped + scopes.flooded, run.requests);
  claims.same('forced or manual dumps that are missing', counts.missing, 0);
  claims.same('failures written in part', counts.torn, 0);
  claims.same('Errors missing or written twice', counts.wrong, 0);
  claims.same('records held at the end', records.held, 0);
  const { own, requests, others } = written.parts;
  claims.same('request records', requests, run.requests);
  claims.same(
    'records passed + dumped + dropped = logged',
    records.passed + records.dumped + records.dropped,
    logged + requests + others,
  );
  claims.same('records written = passed + dumped', own + requests + others, records.passed + records.dumped);
  return counts;
}

/** `plan`: `{ lib, framework, seconds, lagMs, isPaced }`. With `isPaced`, the run fails if it does not keep the rate. */
export async function runFlood(plan) {
  const claims = new Claims();
  const dumpTimes = [];
  let requestBytes = 0;
  const onLine = ({ time, error, message }, bytes) => {
    const lost = /^lost (\d+)$/.exec(error?.message ?? '');
    if (lost !== null && isLimited(Number(lost[1]))) dumpTimes.push(Date.parse(time));
    if (message.endsWith(' ms')) requestBytes += bytes;
  };
  const { run, written } = await withProcesses(async (processes) => {
    const loaded = await load(processes, plan);
    return { run: loaded, written: await readWritten(processes.file, { requests: loaded.requests, onLine }) };
  });
  const { dumped, limited } = claimCounts(claims, run, written);
  claimSummaries(claims, run, written);
  const { lag, rss } = run.rest;
  const most = mostInASecond(dumpTimes.toSorted((a, b) => a - b));
  claims.most('dumps within the limit', limited, DUMPS_PER_SECOND * (2 + Math.ceil(run.seconds)));
  claims.most('of them in any one second', most, 2 * DUMPS_PER_SECOND + 1);
  if (plan.lagMs !== undefined) claims.most('event loop delay p99, ms', lag.p99, plan.lagMs);
  if (plan.isPaced) claims.most('missing of the pace, %', 100 - run.perSecond / 10, 2);
  const dumpBytes = written.bytes - requestBytes;
  const figures = [
    ['figure', ''],
    ['seconds', run.seconds],
    ['failing requests', run.requests],
    ['… a second', run.perSecond],
    ['dumps', dumped],
    ['… forced or manual', dumped - limited],
    ['… others, a second', limited / run.seconds],
    ['… others, most in any one second', most],
    ['failures only counted', run.counted.scopes.flooded],
    ['summaries', written.floods.length],
    ['KiB a second, request records', requestBytes / 1024 / run.seconds],
    ['KiB a second, the rest', dumpBytes / 1024 / run.seconds],
    ['… if all were dumped', (dumpBytes / dumped / 1024) * PER_SECOND],
    ['event loop delay p50, ms', lag.p50],
    ['event loop delay p99, ms', lag.p99],
    ['event loop delay max, ms', lag.max],
    ['RSS at the end, MiB', mib(rss.at(-1) ?? Number.NaN)],
  ];
  return { title: `flood, ${plan.framework}`, tables: [table(figures)], claims };
}
