/** What is in the file when the process that wrote it is gone, however it went. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runChild, startChild } from '../support/child';
import { tempDir } from '../support/temp-dir';
import { until } from '../support/until';
import { linesOfFile } from '../support/lines';

const RECORDS = 10_000;
const MODES = [
  ['at once', undefined],
  ['in batches', {}],
  ['turn by turn', 'turn'],
] as const;

/** A child's preamble: a logger `log` whose only handler writes to the file in the first argument. */
const SETUP = `
const { FileHandler, MemoryHandler } = lib('handlers');
const { Manager } = lib('core/manager');
const [, path, buffer] = process.argv;
const handler = new FileHandler(path, buffer ? { buffer: JSON.parse(buffer) } : {});
const log = new Manager().getLogger('app');
log.setLevel('DEBUG');
log.addHandler(handler);
`;

function argsFor(path: string, buffer: object | 'turn' | undefined): string[] {
  return buffer === undefined ? [path] : [path, JSON.stringify(buffer)];
}

function numbered(count: number): string[] {
  return Array.from({ length: count }, (_, at) => `line ${at}`);
}

describe.each(MODES)('a file that is written %s', (_name, buffer) => {
  it('holds every record after process.exit()', async () => {
    const path = join(tempDir(), 'app.log');

    const result = await runChild(
      `${SETUP}
      for (let at = 0; at < ${RECORDS}; at++) log.info('line %d', at);
      process.exit(3);`,
      { args: argsFor(path, buffer) },
    );

    expect(result).toMatchObject({ code: 3, stderr: '' });
    expect(linesOfFile(path)).toEqual(numbered(RECORDS));
  });

  it('holds every record, and those of exit listeners, after an uncaught exception', async () => {
    const path = join(tempDir(), 'app.log');

    const result = await runChild(
      `${SETUP}
      process.on('exit', () => log.info('bye'));
      for (let at = 0; at < ${RECORDS}; at++) log.info('line %d', at);
      throw new Error('crash');`,
      { args: argsFor(path, buffer) },
    );

    expect(result.code).toBe(1);
    expect(linesOfFile(path)).toEqual([...numbered(RECORDS), 'bye']);
  });

  it('holds every record when a SIGTERM handler calls shutdown()', async () => {
    const path = join(tempDir(), 'app.log');
    const child = await startChild(
      `${SETUP}
      const { shutdown } = lib('core/shutdown');
      process.on('SIGTERM', async () => { log.info('stopping'); await shutdown(); process.exit(0); });
      for (let at = 0; at < ${RECORDS}; at++) log.info('line %d', at);
      setInterval(() => {}, 1000);
      process.stdout.write('ready');`,
      { args: argsFor(path, buffer) },
    );

    await until(() => child.stdout === 'ready');
    child.kill('SIGTERM');

    expect(await child.ended()).toMatchObject({ code: 0, stderr: '' });
    expect(linesOfFile(path)).toEqual([...numbered(RECORDS), 'stopping']);
  });

  it('lets the process end by itself and holds every record', async () => {
    const path = join(tempDir(), 'app.log');

    const result = await runChild(
      `${SETUP}
      log.addHandler(new MemoryHandler(${RECORDS}, { target: handler }));
      for (let at = 0; at < 10; at++) log.info('line %d', at);`,
      { args: argsFor(path, buffer) },
    );

    expect(result).toMatchObject({ code: 0, stderr: '' });
    expect(linesOfFile(path)).toEqual([...numbered(10), ...numbered(10)]);
  });

  it('lets the application run while the disk is full, and counts what was lost', async () => {
    const result = await runChild(
      `${SETUP}
      for (let at = 0; at < ${RECORDS}; at++) log.info('line %d', at);
      process.stdout.write('still here');`,
      { args: argsFor('/dev/full', buffer) },
    );

    expect(result).toMatchObject({ code: 0, stdout: 'still here' });
    expect(result.stderr).toMatch(/FileHandler \/dev\/full: .*ENOSPC/);
  });
});

describe('an unbuffered file', () => {
  it.each(['SIGKILL', 'SIGTERM'] as const)(
    'holds after %s every record whose call returned',
    async (signal) => {
      const path = join(tempDir(), 'app.log');
      // The acknowledgement goes through a pipe, so it is never ahead of the record that it follows.
      const child = await startChild(
        `${SETUP}
      const { writeSync } = require('node:fs');
      for (let at = 0; ; at++) { log.info('line %d', at); writeSync(1, at + '\\n'); }`,
        { args: [path] },
      );

      await until(() => child.stdout.split('\n').length > 500);
      child.kill(signal);
      const result = await child.ended();

      const acknowledged = result.stdout.split('\n').length - 1;
      const lines = linesOfFile(path);
      expect(result.signal).toBe(signal);
      expect(lines.length).toBeGreaterThanOrEqual(acknowledged);
      expect(lines).toEqual(numbered(lines.length));
    },
  );

  it('counts on stderr every record that a full disk refused', async () => {
    const result = await runChild(
      `${SETUP}
      for (let at = 0; at < ${RECORDS}; at++) log.info('line %d', at);`,
      { args: ['/dev/full'] },
    );

    expect(result.stderr).toContain(`[${RECORDS - 1} more since the last report]`);
  });
});

describe('a buffered file', () => {
  it('loses on SIGKILL only what waited less than intervalMs', async () => {
    const path = join(tempDir(), 'app.log');
    const child = await startChild(
      `${SETUP}
      for (let at = 0; at < 100; at++) log.info('line %d', at);
      setInterval(() => {}, 1000);`,
      { args: argsFor(path, { intervalMs: 10 }) },
    );

    await until(() => {
      try {
        return linesOfFile(path).length === 100;
      } catch {
        // The child has not opened the file yet.
        return false;
      }
    });
    child.kill('SIGKILL');

    expect(await child.ended()).toMatchObject({ signal: 'SIGKILL' });
    expect(linesOfFile(path)).toEqual(numbered(100));
  });

  it('counts on stderr what a full disk never took', async () => {
    const result = await runChild(
      `${SETUP}
      for (let at = 0; at < 100; at++) log.info('line %d', at);`,
      { args: argsFor('/dev/full', {}) },
    );

    expect(result.stderr).toContain('100 records were lost at close');
  });
});
