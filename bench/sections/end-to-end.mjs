/** The cost of a served request with 2 INFO and 20 DEBUG records; 1 % of the requests throw; 64 connections. */
import { execFileSync } from 'node:child_process';
import { checkParcels } from '../harness/check-parcels.mjs';
import { compare, target, times } from '../harness/ratios.mjs';
import { serveOnce } from '../harness/serve-once.mjs';
import { short } from '../harness/statistics.mjs';
import { table } from '../harness/table.mjs';

export const title = 'End to end';
export const about =
  'A route that logs 2 INFO and 20 DEBUG records; 1 % of the requests throw; 64 connections. The tables show the CPU time of the ' +
  'server per request in µs until its last line is complete, the latency at the client in ms, and the RSS at the end in MiB. At ' +
  'info the DEBUG records are not written, at debug all are; the ideal, ours and fingersCrossed write those of failing ' +
  'requests. The best peer is the cheapest one that logs. The floor is the ideal with the necessary parts of a request scope: an ' +
  'id that is returned in a header, a scope that is found from the request and from the async context, and the end of the ' +
  'scope. "Whole records" also keeps level, name, message and copies of the arguments. Only "ours with its defaults" and ' +
  '"request log on" write one record for each request.';

export const isServed = true;
export const rounds = { full: 3 };

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

/** The subjects that also run under a second version of Node: those that the targets need. */
const CORE = new Set([
  'no logging',
  'ideal',
  'floor',
  'floor, whole records',
  'ours',
  DEFAULTS,
  'nestjs-pino at info',
  'nestjs-pino at info, request log on',
]);

function versionOf(node) {
  return execFileSync(node, ['--version'], { encoding: 'utf8' }).trim().slice(1);
}

const HERE = { id: '', node: process.execPath, version: process.versions.node };

/** The versions of Node, with a suffix for the names of their tables. */
function nodesOf(otherNode) {
  if (otherNode === undefined) return [HERE];
  const version = versionOf(otherNode);
  return [HERE, { id: `, Node ${version}`, node: otherNode, version }];
}

/** The client stops while some requests are running, so the server counts the requests. */
export function jobs(plan) {
  return nodesOf(plan.otherNode).flatMap(({ id, node, version }) =>
    Object.entries(FRAMEWORKS).flatMap(([framework, { name, apps, limit }]) =>
      apps
        .filter(([subject]) => id === '' || CORE.has(subject))
        .map(([subject, app, writes]) => ({
          section: 'end-to-end',
          subject,
          variant: name + id,
          limit: limit[version.split('.')[0]] ?? limit[24],
          framework,
          app,
          writes,
          level: writes === 'hindsight' ? 'debug' : writes,
          debugs: 20,
          failing: true,
          connections: 64,
          node,
        })),
    ),
  );
}

export const run = serveOnce;

export function verify({ seen }, job) {
  checkParcels(job, seen);
}

function targetsOf({ variant, framework, limit }, values, rss) {
  const ours = values.get('ours');
  const targets = [
    target(`${variant}: at most ${limit} × ideal`, ours / values.get('ideal'), limit),
    target(`${variant}: at most 1.15 × the RSS of the ideal`, rss.get('ours') / rss.get('ideal'), 1.15),
  ];
  const peer = values.get('nestjs-pino at info, request log on');
  if (peer === undefined) return targets;
  const most = framework === 'nest-fastify' ? 1.25 : 1;
  const claim = `${variant}, defaults: at most ${most} × nestjs-pino with its request log`;
  return [
    ...targets,
    target(`${variant}: not above nestjs-pino at info`, ours / values.get('nestjs-pino at info'), 1),
    target(claim, values.get(DEFAULTS) / peer, most),
  ];
}

export function report(results) {
  const tables = [];
  const targets = [];
  const variants = new Map(results.rows.map(({ job }) => [job.variant, job]));
  for (const [variant, job] of variants) {
    const values = results.of(variant);
    const [p50, p99, rss] = ['p50', 'p99', 'rss'].map((field) => results.of(variant, field));
    const none = values.get('no logging');
    const { ratios } = compare(values, ['no logging', 'floor', 'floor, whole records', DEFAULTS]);
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
      table([variant, 'CPU µs', '÷ none', '÷ ideal', '÷ best peer', 'ours ÷ it', 'p50', 'p99', 'RSS'], rows),
    );
    targets.push(...targetsOf(job, values, rss));
  }
  return { tables, targets };
}
