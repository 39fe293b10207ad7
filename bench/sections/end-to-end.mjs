/** A served request: 2 INFO and 20 DEBUG records, one in a hundred throws, 64 connections. */
import { checkParcels } from '../harness/check-parcels.mjs';
import { compare, target, times } from '../harness/ratios.mjs';
import { serveOnce } from '../harness/serve-once.mjs';
import { short } from '../harness/statistics.mjs';
import { table } from '../harness/table.mjs';

export const title = 'End to end';
export const about =
  'A route that logs 2 INFO and 20 DEBUG records, 1 % of the requests throw, 64 connections: CPU µs a request in the server ' +
  'until its last line is complete, latency in ms at the client, RSS in MiB at the end. At info the DEBUG records are lost, ' +
  'at debug all are written; the ideal, ours and fingersCrossed write those of failing requests. The best peer is the ' +
  'cheapest that logs. The floor is the ideal with what the scope of a request cannot do without: an id that is echoed in a header, ' +
  'a scope that is found from the request and from the async context, and its end; with whole records, it keeps level, name, message and copies of the arguments. Only "ours with its defaults" and ' +
  '"request log on" write one record for each request.';

const DEFAULTS = 'ours with its defaults';
const EVERYWHERE = [
  ['no logging', 'none', 'nothing'],
  ['ideal', 'ideal', 'hindsight'],
  ['floor', 'floor', 'hindsight'],
  ['floor, whole records', 'floor-records', 'hindsight'],
  ['ours', 'ours', 'hindsight'],
  [DEFAULTS, 'ours-defaults', 'hindsight'],
  ['pino at info', 'pino', 'info'],
  ['pino at debug', 'pino', 'debug'],
  ['winston at debug', 'winston', 'debug'],
  ['LogTape fingersCrossed', 'logtape', 'hindsight'],
];
const NEST = [
  ['nestjs-pino at info', 'nestjs-pino', 'info'],
  ['nestjs-pino at info, request log on', 'nestjs-pino-requests', 'info'],
  ['nestjs-pino at debug', 'nestjs-pino', 'debug'],
  ['nest-winston at debug', 'nest-winston', 'debug'],
];
const FRAMEWORKS = {
  express: { name: 'Express 5', apps: EVERYWHERE, limit: { 20: 1.12, 24: 1.12 } },
  'nest-express': {
    name: 'Nest 12 on Express',
    apps: [...EVERYWHERE, ...NEST],
    limit: { 20: 1.15, 24: 1.25 },
  },
  'nest-fastify': {
    name: 'Nest 12 on Fastify',
    apps: [...EVERYWHERE, ...NEST],
    limit: { 20: 1.25, 24: 1.25 },
  },
};

/** The client stops with some requests under way, so what it has sent is counted by the server. */
export function jobs({ loadSeconds, warmSeconds }) {
  const load = loadSeconds === undefined ? {} : { loadSeconds, warmSeconds };
  return Object.entries(FRAMEWORKS).flatMap(([framework, { apps }]) =>
    apps.map(([subject, app, writes]) => ({
      section: 'end-to-end',
      subject,
      variant: framework,
      framework,
      app,
      writes,
      level: writes === 'hindsight' ? 'debug' : writes,
      debugs: 20,
      failing: true,
      connections: 64,
      ...load,
    })),
  );
}

export const run = serveOnce;

export function verify({ seen }, job) {
  checkParcels(job, seen);
}

export function report(results) {
  const tables = [];
  const targets = [];
  for (const [framework, { name, limit: limits }] of Object.entries(FRAMEWORKS)) {
    const limit = limits[process.versions.node.split('.')[0]] ?? limits[24];
    const values = results.of(framework);
    const column = (field) => results.of(framework, field);
    const [p50, p99, rss] = ['p50', 'p99', 'rss'].map(column);
    const none = values.get('no logging');
    const { ideal, ours, ratios } = compare(values, [
      'no logging',
      'floor',
      'floor, whole records',
      DEFAULTS,
    ]);
    const rows = [...values].map(([subject, value]) => [
      subject,
      short(value),
      times(value, none),
      ...ratios(value),
      short(p50.get(subject)),
      short(p99.get(subject)),
      short(rss.get(subject) / 2 ** 20),
    ]);
    tables.push(
      table([name, 'CPU µs', '÷ none', '÷ ideal', '÷ best peer', 'ours ÷ it', 'p50', 'p99', 'RSS'], rows),
    );
    targets.push(target(`${name}: at most ${limit} × ideal`, ours / ideal, limit));
    const memory = rss.get('ours') / rss.get('ideal');
    targets.push(target(`${name}: at most 1.15 × the RSS of the ideal`, memory, 1.15));
    const peer = values.get('nestjs-pino at info, request log on');
    if (peer === undefined) continue;
    targets.push(
      target(`${name}: not above nestjs-pino at info`, ours / values.get('nestjs-pino at info'), 1),
    );
    const most = framework === 'nest-fastify' ? 1.25 : 1;
    const claim = `${name}, defaults: at most ${most} × nestjs-pino with its request log`;
    targets.push(target(claim, values.get(DEFAULTS) / peer, most));
  }
  return { tables, targets };
}
