/** Beside the program that rotates the logs of most servers. */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { startChild, type Child } from '../support/child';
import { haveRoot } from '../support/real-means';
import { tempDir } from '../support/temp-dir';
import { until } from '../support/until';

const ROTATIONS = 10;

interface Rotator {
  readonly logs: string;
  readonly rotate: () => void;
}

function rotator(mode: 'create' | 'copytruncate'): Rotator {
  const [logs, own] = [tempDir(), tempDir()];
  const config = join(own, 'logrotate.conf');
  const how = mode === 'create' ? 'create 0640 root root' : 'copytruncate';
  writeFileSync(config, `${join(logs, 'app.log')} {\n  su root root\n  rotate 1000\n  ${how}\n}\n`, {
    mode: 0o644,
  });
  const rotate = (): void => void execFileSync('logrotate', ['-f', '-s', join(own, 'state'), config]);
  return { logs, rotate };
}

/** Writes as fast as it can, in small steps, until its stdin ends; then it prints how many records it has written. */
const WRITER = `
const [, path, className, options] = process.argv;
const { Manager } = lib('core/manager');
const handler = new (lib('handlers'))[className](path, JSON.parse(options));
const log = new Manager().getLogger('app');
log.setLevel('DEBUG');
log.addHandler(handler);
let at = 0;
let ending = false;
process.stdin.on('end', () => (ending = true)).resume();
const more = () => {
  for (let n = 0; n < 20; n++) log.info('line %d', at++);
  if (ending) process.stdout.write(String(at));
  else setTimeout(more, 1);
};
more();`;

async function writer(logs: string, { className = 'WatchedFileHandler', options = {} } = {}): Promise<Child> {
  const child = await startChild(WRITER, {
    args: [join(logs, 'app.log'), className, JSON.stringify(options)],
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  await until(() => readdirSync(logs).includes('app.log') && readFileSync(join(logs, 'app.log')).length > 0);
  return child;
}

async function finish(child: Child): Promise<{ readonly count: number; readonly stderr: string }> {
  child.process.stdin?.end();
  const { stdout, stderr } = await child.ended();
  return { count: Number(stdout), stderr };
}

/** The files from the oldest to the newest, as one text. Each begins with the number of its first line. */
function textOf(logs: string): string {
  const first = (text: string): number => Number(/^line (\d+)/.exec(text)?.[1] ?? Number.MAX_SAFE_INTEGER);
  const texts = readdirSync(logs).map((name) => readFileSync(join(logs, name), 'utf8'));
  return texts.toSorted((a, b) => first(a) - first(b)).join('');
}

/** Without those that logrotate sets aside when the handler has made the new file before it. */
function rotatedFiles(logs: string): readonly string[] {
  return readdirSync(logs).filter((name) => !name.endsWith('.backup'));
}

function lines(count: number): string {
  return Array.from({ length: count }, (_, at) => `line ${at}\n`).join('');
}

/** Rotates while the writer writes on: each time it has written to the new file. */
async function rotateOften({ logs, rotate }: Rotator): Promise<void> {
  for (let times = 0; times < ROTATIONS; times++) {
    rotate();
    await until(() => readFileSync(join(logs, 'app.log')).length > 100);
  }
}

describe.runIf(haveRoot('logrotate'))('logrotate', () => {
  it.each([
    ['WatchedFileHandler', {}],
    ['WatchedFileHandler', { checkIntervalMs: 20 }],
    ['RotatingFileHandler', { maxBytes: 0 }],
    ['TimedRotatingFileHandler', { when: 'midnight' }],
  ])('in create mode costs %s %j no record', async (className, options) => {
    const trial = rotator('create');
    const child = await writer(trial.logs, { className, options });

    await rotateOften(trial);
    const { count, stderr } = await finish(child);

    expect(stderr).toBe('');
    expect(rotatedFiles(trial.logs).length).toBe(ROTATIONS + 1);
    // In their order, too: nothing was written to the old file after the first line in the new one.
    expect(textOf(trial.logs)).toBe(lines(count));
  });

  it('in create mode is reported once by a FileHandler, which goes on in the renamed file', async () => {
    const trial = rotator('create');
    const child = await writer(trial.logs, { className: 'FileHandler' });

    trial.rotate();
    await until(() => child.stderr !== '');
    const { count, stderr } = await finish(child);

    expect(stderr.split('\n').filter((line) => line.includes('the file was renamed'))).toHaveLength(1);
    expect(readFileSync(join(trial.logs, 'app.log'), 'utf8')).toBe('');
    expect(textOf(trial.logs)).toBe(lines(count));
  });

  it.each(['WatchedFileHandler', 'FileHandler'])(
    'in copytruncate mode leaves %s neither holes nor strange lines, and loses only what it says',
    async (className) => {
      const trial = rotator('copytruncate');
      const child = await writer(trial.logs, { className });
      const started = performance.now();

      await rotateOften(trial);
      // A FileHandler looks at its path once a second.
      await until(() => performance.now() - started > 1500);
      const { count, stderr } = await finish(child);

      const text = textOf(trial.logs);
      const expected = new Set(lines(count).split('\n').slice(0, -1));
      const seen = text.split('\n').slice(0, -1);
      expect(stderr).toBe('');
      expect(text).not.toContain('\0');
      expect(seen.filter((line) => !expected.has(line))).toEqual([]);
      expect(new Set(seen).size).toBe(seen.length);
    },
  );
});
