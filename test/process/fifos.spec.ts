/** Log paths that lead to what can block a writer: FIFOs without a reader, full ones, terminals, sockets. */
import { execFileSync } from 'node:child_process';
import { closeSync, constants, openSync, readFileSync, readSync, renameSync, unlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { LogRecord } from '../../lib/core/log-record';
import { ConfigurationError } from '../../lib/errors';
import {
  FileHandler,
  RotatingFileHandler,
  TimedRotatingFileHandler,
  WatchedFileHandler,
  type FileHandlerOptions,
} from '../../lib/handlers';
import { capturedStderr } from '../support/captured-stderr';
import { startChild } from '../support/child';
import { haveCommands } from '../support/real-means';
import { some } from '../support/some';
import { tempDir } from '../support/temp-dir';
import { until } from '../support/until';

// A full pipe is waited for five seconds.
vi.setConfig({ testTimeout: 20_000 });

class QuietHandler extends WatchedFileHandler {
  readonly failures: string[] = [];

  override handleError(record: LogRecord, error: unknown): void {
    this.failures.push(`${record.getMessage().slice(0, 10)}: ${String(error)}`);
  }
}

function make(path: string, options: FileHandlerOptions = {}): QuietHandler {
  const handler = new QuietHandler(path, options);
  onTestFinished(() => void handler.close());
  return handler;
}

function log(handler: FileHandler, ...texts: readonly string[]): void {
  for (const message of texts) handler.handle(some.record({ message }));
}

function makeFifo(path: string): string {
  execFileSync('mkfifo', [path]);
  return path;
}

/** Opens the other end; `read` returns what is in the pipe. */
function readerOf(path: string): { readonly read: () => string; readonly close: () => void } {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const buffer = Buffer.alloc(1 << 20);
  return {
    read: () => buffer.toString('utf8', 0, readSync(fd, buffer)),
    close: () => closeSync(fd),
  };
}

const LINE = 'x'.repeat(1000);

describe.runIf(haveCommands('mkfifo'))('a FIFO that nobody reads', () => {
  it.each([
    ['FileHandler', (path: string) => new FileHandler(path)],
    ['FileHandler in mode w', (path: string) => new FileHandler(path, { mode: 'w' })],
    ['FileHandler in mode a+', (path: string) => new FileHandler(path, { mode: 'a+' })],
    ['FileHandler in mode r+', (path: string) => new FileHandler(path, { mode: 'r+' })],
    ['WatchedFileHandler', (path: string) => new WatchedFileHandler(path)],
    [
      'RotatingFileHandler',
      (path: string) => new RotatingFileHandler(path, { maxBytes: 100, backupCount: 1 }),
    ],
    ['TimedRotatingFileHandler', (path: string) => new TimedRotatingFileHandler(path, { when: 'midnight' })],
  ])('is refused by %s', (_name, create) => {
    const path = makeFifo(join(tempDir(), 'app.log'));

    expect(() => create(path)).toThrow(ConfigurationError);
    expect(() => create(path)).toThrow(
      /cannot open ".*app\.log" with mode "..?": it is a FIFO that no process reads; start its reader first/,
    );
  });

  it('costs each record, counted, until somebody reads', () => {
    const path = makeFifo(join(tempDir(), 'app.log'));
    const handler = make(path, { delay: true });

    log(handler, 'a', 'b');
    const reader = readerOf(path);
    log(handler, 'c');

    expect(reader.read()).toBe('c\n');
    expect(handler.failures).toEqual([
      expect.stringMatching(/^a: .*ENXIO/),
      expect.stringMatching(/^b: .*ENXIO/),
    ]);
    reader.close();
    log(handler, 'd');
    expect(handler.failures.slice(2)).toEqual([expect.stringMatching(/^d: .*EPIPE/)]);
  });

  it('keeps the records in a renamed file that it takes the place of', () => {
    const path = join(tempDir(), 'app.log');
    const handler = make(path);
    log(handler, 'a');
    renameSync(path, `${path}.1`);
    makeFifo(path);

    log(handler, 'b', 'c');

    expect(readFileSync(`${path}.1`, 'utf8')).toBe('a\nb\nc\n');
    expect(handler.failures).toEqual([expect.stringContaining('the new file cannot be opened')]);
  });

  it('costs each record, counted, in the place of a file that was deleted', () => {
    const path = join(tempDir(), 'app.log');
    const handler = make(path);
    unlinkSync(path);
    makeFifo(path);

    log(handler, 'a', 'b');

    expect(handler.failures).toEqual([
      expect.stringMatching(/^a: .*ENXIO/),
      expect.stringMatching(/^b: .*ENXIO/),
    ]);
  });
});

describe.runIf(haveCommands('mkfifo'))('a FIFO whose reader has stopped', () => {
  it('is waited for once, and then costs each record, counted, until its reader goes on', () => {
    const path = makeFifo(join(tempDir(), 'app.log'));
    const reader = readerOf(path);
    const handler = make(path);
    const began = performance.now();

    for (let at = 0; at < 200; at++) log(handler, LINE);

    expect(performance.now() - began).toBeLessThan(7000);
    const taken = reader.read();
    expect(taken.split('\n').length - 1 + handler.failures.length).toBe(200);
    expect(handler.failures[0]).toContain('EAGAIN');
    log(handler, 'after');
    expect(reader.read()).toBe('after\n');
    reader.close();
  });

  it('is written to in order from a buffer when its reader goes on', () => {
    capturedStderr();
    const path = makeFifo(join(tempDir(), 'app.log'));
    const reader = readerOf(path);
    const handler = make(path, { buffer: { bytes: 10_000, intervalMs: 60_000 } });
    const lines = Array.from({ length: 150 }, (_, at) => `${at} ${LINE}`);

    log(handler, ...lines);
    let taken = reader.read();
    handler.flush();
    taken += reader.read();
    handler.flush();
    taken += reader.read();

    expect(handler.failures).toEqual([]);
    expect(taken.split('\n').slice(0, -1)).toEqual(lines);
    reader.close();
  });
});

describe.runIf(haveCommands('python3'))('a terminal that nobody reads', () => {
  it('costs the records that it does not take, counted, and blocks for five seconds at most', async () => {
    const child = await startChild('', {
      under: [
        'python3',
        '-c',
        'import os, pty, time; print(os.ttyname(pty.openpty()[1]), flush=True); time.sleep(60)',
      ],
    });
    const path = await until(() => /^(.+)\n/.exec(child.stdout)?.[1]);
    const handler = make(path);
    const began = performance.now();

    for (let at = 0; at < 200; at++) log(handler, LINE);

    expect(performance.now() - began).toBeLessThan(3000);
    expect(handler.failures.length).toBeGreaterThan(100);
  });
});

describe('a Unix socket', () => {
  it('is refused, with the handlers that are for it', async () => {
    const path = join(tempDir(), 'app.log');
    const server = createServer().listen(path);
    await once(server, 'listening');
    onTestFinished(() => void server.close());

    expect(() => new FileHandler(path)).toThrow(/: it is a socket; use SocketHandler or SysLogHandler/);
  });
});
