/** Processes in containers of their own that rotate one file on a shared volume: each has process ids of its own. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { runChild, startChild, type ChildOptions } from '../support/child';
import { haveNamespaces } from '../support/real-means';
import { tempDir } from '../support/temp-dir';
import { until } from '../support/until';

/** As a container runtime does: process ids begin with 1, and the host name is that of the others. */
const CONTAINER = ['unshare', '--fork', '--kill-child', '--pid', '--mount-proc', '--uts'];
/** As the first, but /proc shows the processes of the namespace outside. */
const FOREIGN_PROC = ['unshare', '--fork', '--kill-child', '--pid'];

const WRITER = `
const [, path, name, className, options, count, start] = process.argv;
const { Manager } = lib('core/manager');
const handler = new (lib('handlers')[className])(path, JSON.parse(options));
const log = new Manager().getLogger('app');
log.setLevel('DEBUG');
log.addHandler(handler);
// All begin at one time.
if (start) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, Number(start) - Date.now());
for (let at = 0; at < Number(count); at++) log.info('%s %d %s', name, at, 'x'.repeat(40));`;

const COUNT = 3000;
/** What a process takes to load the library, in ms, and a bit. */
const START_MS = 1500;

interface Trial {
  readonly className?: string;
  readonly options: object;
  /** One process for each. */
  readonly under: readonly (readonly string[])[];
}

/** What the processes leave: the lines of all files that are not what they should be, and their stderr. */
async function run({ className = 'RotatingFileHandler', options, under }: Trial): Promise<object> {
  const directory = tempDir();
  const path = join(directory, 'app.log');
  const start = Date.now() + START_MS;
  const results = await Promise.all(
    under.map((command, at) => {
      const args = [path, `p${at}`, className, JSON.stringify(options), String(COUNT), String(start)];
      const child: ChildOptions = command.length > 0 ? { args, under: command } : { args };
      return runChild(WRITER, child);
    }),
  );
  const lines = readdirSync(directory).flatMap((name) => {
    const bytes = readFileSync(join(directory, name));
    return (name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString().split('\n').slice(0, -1);
  });
  return {
    stderr: results.map(({ stderr }) => stderr).join(''),
    records: lines.length,
    different: new Set(lines).size,
    parts: readdirSync(directory).filter((name) => name.endsWith('.part') || name.endsWith('.lock')),
  };
}

const ALL = (processes: number): object => ({
  stderr: '',
  records: processes * COUNT,
  different: processes * COUNT,
  parts: [],
});

describe.runIf(haveNamespaces())(
  'containers with one host name (needs root, and unshare to be permitted)',
  () => {
    const small = { maxBytes: 5000, backupCount: 10_000 };

    it.each<[string, Trial]>([
      ['rotating by size', { options: small, under: [CONTAINER, CONTAINER] }],
      [
        'compressing backups',
        { options: { ...small, maxBytes: 20_000, compress: 'gzip' }, under: [CONTAINER, CONTAINER] },
      ],
      [
        'rotating by time and size',
        {
          className: 'TimedRotatingFileHandler',
          options: { when: 'S', maxBytes: 5000 },
          under: [CONTAINER, CONTAINER],
        },
      ],
      ['beside a process of the host', { options: small, under: [CONTAINER, []] }],
      ['that see the /proc of the host', { options: small, under: [FOREIGN_PROC, FOREIGN_PROC] }],
    ])(
      '%s lose no record of 6000',
      async (_what, trial) => {
        expect(await run(trial)).toEqual(ALL(2));
      },
      60_000,
    );

    it('do not take over the lock of one another while the holder is at work', async () => {
      const path = join(tempDir(), 'app.log');
      const options = JSON.stringify({ maxBytes: 10, backupCount: 5 });
      const setup = WRITER.slice(0, WRITER.indexOf('// All begin'));
      const holder = await startChild(
        `${setup}
      handler.rotator = () => { process.stdout.write('inside'); Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0); };
      log.info('123456');
      log.info('123456');`,
        { args: [path, 'p', 'RotatingFileHandler', options], under: CONTAINER },
      );
      await until(() => holder.stdout === 'inside' && existsSync(`${path}.lock`));
      const lock = readFileSync(`${path}.lock`, 'utf8');

      const result = await runChild(`${setup} log.info('other');`, {
        args: [path, 'q', 'RotatingFileHandler', options],
        under: CONTAINER,
      });

      expect(result.stderr).toBe('');
      expect(readFileSync(`${path}.lock`, 'utf8')).toBe(lock);
      expect(readFileSync(path, 'utf8')).toBe('123456\nother\n');
    });
  },
);
