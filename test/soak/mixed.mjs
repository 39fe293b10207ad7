/** The mixed load: successes, failures, client disconnects, leaked promises and late records. No memory may be leaked. */
import { Claims, median, mib, table } from './claims.mjs';
import { KINDS, kindOf, sumOver } from './mix.mjs';
import { withProcesses } from './processes.mjs';
import { readWritten } from './written.mjs';

/** The number of parts of the load. Between them the server rests, so that its heap can be compared. */
const PARTS = 5;
const IN_FLIGHT = 64;
/** A limit with which there are both many dumps and many failures that are only counted. */
const DUMPS_PER_SECOND = 200;
/** More than the time that a scope waits for its handler after a client disconnect, in ms. */
const ABANDONED_MS = 65_000;

async function load({ file, server, client }, plan) {
  const { lib, framework, requests, mix, lingerMs } = plan;
  const options = { maxDumpsPerSecond: DUMPS_PER_SECOND, lingerMs };
  const { port } = await server('open', { lib, framework, file, mix, options });
  const parts = [];
  const statuses = {};
  for (let part = 0; part < PARTS; part++) {
    const from = Math.floor((part * requests) / PARTS);
    const count = Math.floor(((part + 1) * requests) / PARTS) - from;
    await server('begin');
    const answered = await client({ port, inFlight: IN_FLIGHT, mix, from, count });
    for (const [status, times] of Object.entries(answered.statuses)) {
      statuses[status] = (statuses[status] ?? 0) + times;
    }
    const isLast = part === PARTS - 1;
    const abandoned = isLast || !mix.abandons ? 0 : Math.ceil(requests / 10_000);
    const timeoutMs = isLast && mix.abandons ? ABANDONED_MS : 10_000;
    const rest = await server('rest', { live: abandoned, timeoutMs });
    parts.push({ ...rest, rss: median(rest.rss), perSecond: count / answered.seconds });
  }
  return { parts, statuses, counted: await server('close') };
}

/** Checks the answers that the client got, by status. */
function claimAnswers(claims, statuses, { requests, mix }) {
  for (const status of [200, 404, 500, 0, -1]) {
    const name =
      { 0: 'client disconnects', [-1]: 'connections that the server closed' }[status] ?? `answers ${status}`;
    claims.same(
      name,
      statuses[status] ?? 0,
      sumOver(requests, mix, (kind) => kind.status === status),
    );
  }
}

/** Compares the counts of the library with those of the service and with the file. */
function claimCounts(claims, { scopes, records, logged, rejections }, written, { requests, mix }) {
  const { parts } = written;
  const inner = sumOver(requests, mix, (kind) => kind.inner);
  claims.same('scopes opened', scopes.opened, requests + inner);
  claims.same('scopes settled', scopes.settled, scopes.opened);
  claims.same('records held at the end', records.held, 0);
  const { passed, dumped, dropped } = records;
  claims.same('request records', parts.requests, requests);
  claims.same(
    'unhandled rejections',
    rejections,
    sumOver(requests, mix, (kind) => kind.rejects),
  );
  claims.same(
    'records passed + dumped + dropped = logged',
    passed + dumped + dropped,
    logged + parts.requests + parts.others,
  );
  claims.same(
    'records written = passed + dumped',
    parts.own + parts.requests + parts.others,
    passed + dumped,
  );
  claims.same(
    'failures in the summaries',
    written.floods.reduce((sum, { failures }) => sum + failures, 0),
    scopes.flooded,
  );
}

/** Checks each request: its Error at most once, its dump complete or missing, and nothing for a success. */
function claimRequests(claims, { scopes }, { steps, errors }, { requests, mix }) {
  let [failures, dumped, late, twice, torn, silent, noise] = [0, 0, 0, 0, 0, 0, 0];
  for (let n = 0; n < requests; n++) {
    const kind = kindOf(n, mix);
    const { fails = false, steps: whole = 0 } = KINDS[kind];
    if (errors[n] > 1) twice++;
    if (!fails) {
      if (errors[n] + steps[n] > 0) noise++;
      continue;
    }
    failures++;
    if (steps[n] !== 0 && steps[n] !== whole) torn++;
    if (steps[n] > 0) dumped++;
    if (steps[n] > 0 && errors[n] === 0) silent++;
    // After `lingerMs` the held records are dropped, but the Error is written.
    if (kind === 'late failure' && steps[n] === 0 && errors[n] === 1) late++;
  }
  claims.same('successes that were dumped', noise, 0);
  claims.same('Errors written twice', twice, 0);
  claims.same('failures written in part', torn, 0);
  claims.same('failures written without their Error', silent, 0);
  claims.same('failures = written + too late + flooded', dumped + late + scopes.flooded, failures);
  return { failures, dumped, late };
}

/** `plan`: `{ lib, framework, requests, mix, lingerMs, rssMib, heapMib }`. The last two limit the growth of the memory. */
export async function runMixed(plan) {
  const { requests, framework } = plan;
  const started = performance.now();
  const claims = new Claims();
  const { parts, counted, written } = await withProcesses(async (processes) => {
    const { statuses, ...loaded } = await load(processes, plan);
    claimAnswers(claims, statuses, plan);
    return { ...loaded, written: await readWritten(processes.file, { requests }) };
  });
  claimCounts(claims, counted, written, plan);
  const { failures, dumped, late } = claimRequests(claims, counted, written, plan);
  claims.most(
    'RSS, median of the last fifth − of the second, MiB',
    mib(parts[4].rss - parts[1].rss),
    plan.rssMib,
  );
  claims.most(
    'heap, after the last fifth − after the second, MiB',
    mib(parts[4].heap - parts[1].heap),
    plan.heapMib,
  );
  const { scopes, records } = counted;
  const figures = [
    ['of the load', '1st fifth', '2nd', '3rd', '4th', '5th'],
    ['requests a second', ...parts.map(({ perSecond }) => perSecond)],
    ['RSS, median, MiB', ...parts.map(({ rss }) => mib(rss))],
    ['heap at rest, MiB', ...parts.map(({ heap }) => mib(heap))],
  ];
  const sums = [
    ['in all', ''],
    ['requests', requests],
    ['scopes', scopes.opened],
    ['records logged', records.passed + records.dumped + records.dropped],
    ['… passed', records.passed],
    ['… dumped', records.dumped],
    ['… dropped', records.dropped],
    ['failures', failures],
    ['… written', dumped],
    ['… after lingerMs', late],
    ['… only counted', scopes.flooded],
    ['lines written', written.lines],
    ['MiB written', mib(written.bytes)],
    ['seconds', (performance.now() - started) / 1000],
  ];
  return { title: `mixed load, ${framework}`, tables: [table(figures), table(sums)], claims };
}
