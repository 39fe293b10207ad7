/** The cost of many concurrent requests that wait, and hold their records meanwhile. */
import { checkParcels } from '../harness/check-parcels.mjs';
import { target, times } from '../harness/ratios.mjs';
import { serveOnce } from '../harness/serve-once.mjs';
import { short } from '../harness/statistics.mjs';
import { table } from '../harness/table.mjs';

export const title = 'In flight';
export const about =
  'Express 5, 2 INFO and 20 DEBUG records per request, then a wait of 50 ms; 64, 512 or 2000 requests wait at the same time; no ' +
  'failures. The tables show the CPU time of the server per request in µs and the RSS at the end in MiB, both with their ratio to ' +
  'no logging, and the latency at the client in ms, which includes the wait.';

export const isServed = true;
export const rounds = { full: 3 };

const WAIT_MS = 50;
const CONNECTIONS = [64, 512, 2000];
/** The targets of the project, for the largest number of requests. */
const MOST = { cpu: 1.25, rss: 1.2 };
const APPS = [
  ['no logging', 'none', 'nothing'],
  ['ideal', 'ideal', 'hindsight'],
  ['floor, whole records', 'floor-records', 'hindsight'],
  ['ours', 'ours', 'hindsight'],
  ['pino at debug', 'pino', 'debug'],
  ['LogTape fingersCrossed', 'logtape', 'hindsight'],
];

/** The smoke run, which only checks that every subject runs and loses nothing, uses the largest number only. */
export function jobs(plan) {
  const counts = plan.all ? CONNECTIONS.slice(-1) : CONNECTIONS;
  return counts.flatMap((connections) =>
    APPS.map(([subject, app, writes]) => ({
      section: 'in-flight',
      subject,
      variant: String(connections),
      framework: 'express',
      app,
      writes,
      level: 'debug',
      debugs: 20,
      waitMs: WAIT_MS,
      failing: false,
      connections,
    })),
  );
}

/** Few connections finish few requests per second; many connections need several waves until the figure is stable. */
export function run(job) {
  return serveOnce(scaled(job));
}

function scaled(job) {
  const inWaves = job.connections * job.waves;
  return {
    ...job,
    warmRequests: Math.ceil(Math.max(Math.min(job.warmRequests, 4000), inWaves / 4)),
    requests: Math.ceil(Math.max(Math.min(job.requests, 10_000), inWaves)),
  };
}

export function verify({ seen }, job) {
  checkParcels(scaled(job), seen);
}

export function report(results) {
  const tables = CONNECTIONS.map((connections) => {
    const of = (field) => results.of(String(connections), field);
    const [cpu, rss, p50, p99] = ['value', 'rss', 'p50', 'p99'].map(of);
    const rows = [...cpu].map(([subject, value]) => [
      subject,
      short(value),
      times(value, cpu.get('no logging')),
      short(rss.get(subject) / 2 ** 20),
      times(rss.get(subject), rss.get('no logging')),
      short(p50.get(subject)),
      short(p99.get(subject)),
    ]);
    return table([`${connections} in flight`, 'CPU µs', '÷ none', 'RSS', '÷ none', 'p50', 'p99'], rows);
  });
  const most = String(CONNECTIONS.at(-1));
  const ratio = (field) => results.of(most, field).get('ours') / results.of(most, field).get('no logging');
  return {
    tables,
    targets: [
      target(`${most} in flight: at most ${MOST.cpu} × the CPU of no logging`, ratio('value'), MOST.cpu),
      target(`${most} in flight: at most ${MOST.rss} × the RSS of no logging`, ratio('rss'), MOST.rss),
    ],
  };
}
