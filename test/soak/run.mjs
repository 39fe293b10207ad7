/**
 * `npm run soak` builds first, then sends a million requests of every kind, and then failing requests for half a minute. Server
 * and clients have their own processes, the output is read and checked, and every count must be exact. It takes about ten
 * minutes, prints the figures, and ends with 1 if a check fails.
 *
 * `node test/soak/run.mjs [--lib DIR] [--only mixed | flood] [--framework express | nest] [--requests N] [--small]`
 */
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { runFlood } from './flood.mjs';
import { runMixed } from './mixed.mjs';

const { values: flags } = parseArgs({
  options: {
    lib: { type: 'string', default: resolve(import.meta.dirname, '../../dist') },
    only: { type: 'string' },
    framework: { type: 'string' },
    requests: { type: 'string' },
    small: { type: 'boolean', default: false },
  },
});

const { small } = flags;
const lib = resolve(flags.lib);

/**
 * The small runs are part of the test suite. Their limit for the RSS is high, because the machine may be busy and V8 on Node 24
 * enlarges its heap for longer than they run. The used heap shows leaks there.
 */
const MIXED = small
  ? { mix: { abandons: false }, lingerMs: 300, rssMib: 96, heapMib: 4 }
  : { mix: { abandons: true }, lingerMs: 2000, rssMib: 16, heapMib: 2 };
const REQUESTS = small ? { express: 20_000, nest: 5000 } : { express: 800_000, nest: 200_000 };
const FLOOD = small ? { seconds: 5 } : { seconds: 30, lagMs: 20, isPaced: true };

const mixed = (framework) =>
  runMixed({ lib, framework, requests: Number(flags.requests ?? REQUESTS[framework]), ...MIXED });

const PROGRAMS = [
  ['mixed', 'express', () => mixed('express')],
  ['mixed', 'nest', () => mixed('nest')],
  ['flood', 'express', () => runFlood({ lib, framework: 'express', ...FLOOD })],
];

for (const [name, framework, run] of PROGRAMS) {
  if ((flags.only ?? name) !== name || (flags.framework ?? framework) !== framework) continue;
  const { title, tables, claims } = await run();
  console.log([title, ...tables, `${claims}`].join('\n\n') + '\n');
  if (claims.failed) process.exitCode = 1;
}
