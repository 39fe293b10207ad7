import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { rolldown } from 'rolldown';
import { describe, expect, it } from 'vitest';
import { runChild } from '../support/child';
import { compiledLib } from '../support/compiled-lib';
import { tempDir } from '../support/temp-dir';

/** Parts of lib that the import of an entry must not load, by the paths of their files. */
const LAZY = {
  mails: /\/mail\//,
  pickles: /\/pickle\//,
  'the receiver': /\/receiver\//,
  Redis: /\/redis-stream\//,
  'worker threads': /worker-thread|shared-ring|queue-worker/,
  'the event log': /advapi32/,
  'requests of HTTPHandler': /handlers\/http\/(?!http-settings)/,
  'syslog messages': /handlers\/syslog\/(?!syslog-options)/,
  sockets: /stream-transport|stream-connection|udp-transport|unix-datagram/,
  'the queue of network handlers': /outbox\/outbox\./,
  'the listener of a queue': /listener-run/,
  rotation: /files\/(rotation|retention|rollover|expired|gzip|current-link|backup)/,
  dictConfig: /config\/(reader|registry|references|factories|loggers|handler-plan|schema)/,
  'the styles { and $': /brace|dollar|format-spec/,
} as const;

/** Modules of Node that need a millisecond or more. */
const NODE = [
  'child_process',
  'crypto',
  'dgram',
  'dns/promises',
  'fs/promises',
  'http',
  'https',
  'net',
  'os',
  'tls',
  'worker_threads',
  'zlib',
];

/** How many files an import may load. Each takes about half a millisecond. See `lib/internal/lazy.ts`. */
const MOST_FILES = { logging: 152, express: 88, testing: 73, index: 202 } as const;

interface Loaded {
  readonly files: readonly string[];
  readonly node: readonly string[];
}

async function loadedBy(entry: string): Promise<Loaded> {
  const { stdout } = await runChild(`
    const before = new Set(process.moduleLoadList);
    lib('${entry}');
    const node = process.moduleLoadList.filter((name) => !before.has(name));
    const files = Object.keys(require.cache).map((file) => file.split('/compiled-lib/')[1]);
    process.stdout.write(JSON.stringify({ files: files.filter(Boolean), node }));
  `);
  return JSON.parse(stdout) as Loaded;
}

describe('the import of an entry', () => {
  it.each(['logging', 'express', 'testing'] as const)('loads no rarely used part: %s', async (entry) => {
    const { files } = await loadedBy(entry);

    const loaded = Object.entries(LAZY).flatMap(([part, path]) =>
      files.filter((file) => path.test(`/${file}`)).map((file) => `${part}: ${file}`),
    );
    expect(loaded).toEqual([]);
  });

  it('loads no large module of Node: logging', async () => {
    const { node } = await loadedBy('logging');

    expect(NODE.filter((name) => node.includes(`NativeModule ${name}`))).toEqual([]);
  });

  it.each(Object.entries(MOST_FILES))('loads few files: %s', async (entry, most) => {
    const { files } = await loadedBy(entry);

    expect(files.length).toBeGreaterThan(20);
    expect(files.length).toBeLessThanOrEqual(most);
  });

  it('is checked for parts that lib has', () => {
    const paths = readdirSync(join(__dirname, '../../lib'), { recursive: true, encoding: 'utf8' });
    const unknown = Object.entries(LAZY).filter(
      ([, pattern]) => !paths.some((path) => pattern.test(`/${path}`)),
    );

    expect(unknown).toEqual([]);
  });
});

it('works in a bundle, which has everything that is loaded later', async () => {
  const directory = tempDir();
  const file = join(directory, 'bundle.cjs');
  const input = join(await compiledLib(), 'logging.js');
  const bundle = await rolldown({ input, platform: 'node', external: /^[^./]/ });
  await bundle.write({ file, format: 'cjs' });
  await bundle.close();

  const { stdout, stderr } = await runChild(
    `const { dictConfig, getLogger, SocketHandler, RotatingFileHandler, LogRecordSocketReceiver } = require('./bundle.cjs');
    const root = { handlers: ['out'] };
    const formatters = { plain: { format: '{message}', style: '{' } };
    const out = { class: 'StreamHandler', stream: 'ext://sys.stdout', formatter: 'plain' };
    dictConfig({ version: 1, formatters, handlers: { out }, root });
    new LogRecordSocketReceiver();
    new RotatingFileHandler('app.log', { compress: 'gzip' }).close();
    new SocketHandler('localhost', 1).makePickle({ args: [], getMessage: () => '' });
    getLogger().warning('from one file');`,
    { cwd: directory },
  );
  expect([stdout, stderr]).toEqual(['from one file\n', '']);
});
