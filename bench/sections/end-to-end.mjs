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
  'cheapest that logs. No subject writes records of its own, about requests or dumps.';

const EVERYWHERE = [
  ['no logging', 'none', 'nothing'],
  ['ideal', 'ideal', 'hindsight'],
  ['ours', 'ours', 'hindsight'],
  ['pino at info', 'pino', 'info'],
  ['pino at debug', 'pino', 'debug'],
  ['winston at debug', 'winston', 'debug'],
  ['LogTape fingersCrossed', 'logtape', 'hindsight'],
];
const NEST = [
  ['nestjs-pino at info', 'nestjs-pino', 'info'],
  ['nestjs-pino at debug', 'nestjs-pino', 'debug'],
  ['nest-winston at debug', 'nest-winston', 'debug'],
];
const FRAMEWORKS = {
  express: { name: 'Express 5', apps: EVERYWHERE, limit: 1.08 },
  'nest-express': { name: 'Nest 12 on Express', apps: [...EVERYWHERE, ...NEST], limit: 1.08, pino: true },
  'nest-fastify': { name: 'Nest 12 on Fastify', apps: EVERYWHERE, limit: 1.15 },
};

export function jobs() {
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
    })),
  );
}

export const run = serveOnce;

export function verify(result, job) {
  checkParcels(job);
}

export function report(results) {
  const tables = [];
  const targets = [];
  for (const [framework, { name, limit, pino }] of Object.entries(FRAMEWORKS)) {
    const values = results.of(framework);
    const column = (field) => results.of(framework, field);
    const [p50, p99, rss] = ['p50', 'p99', 'rss'].map(column);
    const none = values.get('no logging');
    const { ideal, ours, ratios } = compare(values, ['no logging']);
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
    if (pino) targets.push(target(`${name}: not above pino at info`, ours / values.get('pino at info'), 1));
  }
  return { tables, targets };
}
