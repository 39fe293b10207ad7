import { mkdirSync, readFileSync, renameSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { LogRecord } from '../../lib/core/log-record';
import { WatchedFileHandler, type WatchedFileHandlerOptions } from '../../lib/handlers';
import { handlerContract, ManualClock } from '../../lib/testing';
import { some } from '../support/some';
import { tempDir } from '../support/temp-dir';

class QuietHandler extends WatchedFileHandler {
  readonly failures: string[] = [];

  override handleError(record: LogRecord, error: unknown): void {
    this.failures.push(`${record.getMessage()}: ${String(error)}`);
  }
}

function make(options: WatchedFileHandlerOptions = {}): QuietHandler {
  return new QuietHandler(join(tempDir(), 'app.log'), options);
}

function log(handler: WatchedFileHandler, message: string): void {
  handler.handle(some.record({ message }));
}

function text(path: string): string {
  return readFileSync(path, 'utf8');
}

describe('WatchedFileHandler', () => {
  for (const { title, run } of handlerContract('WatchedFileHandler', {
    create: (options) => new WatchedFileHandler(join(tempDir(), 'app.log'), options),
    read: ({ baseFilename }) => text(baseFilename).split('\n').slice(0, -1),
  })) {
    it(title, run);
  }

  it('writes to the new file after a rename, and to the old one before', () => {
    const handler = make();
    log(handler, 'before');
    renameSync(handler.baseFilename, `${handler.baseFilename}.1`);
    log(handler, 'after');

    expect(text(`${handler.baseFilename}.1`)).toBe('before\n');
    expect(text(handler.baseFilename)).toBe('after\n');
    void handler.close();
  });

  it('writes the records of a turn to the file that exists at its end', async () => {
    const handler = make({ buffer: 'turn' });
    log(handler, 'first');
    await nextTurn();
    log(handler, 'second');
    renameSync(handler.baseFilename, `${handler.baseFilename}.1`);
    log(handler, 'third');
    await nextTurn();

    expect(text(`${handler.baseFilename}.1`)).toBe('first\n');
    expect(text(handler.baseFilename)).toBe('second\nthird\n');
    void handler.close();
  });

  it('in mode w, appends to a file that another program has created', () => {
    const handler = make({ mode: 'w' });
    unlinkSync(handler.baseFilename);
    writeFileSync(handler.baseFilename, 'theirs\n');
    log(handler, 'ours');

    expect(text(handler.baseFilename)).toBe('theirs\nours\n');
    void handler.close();
  });

  it.each([
    ['is flushed', async (handler: WatchedFileHandler) => handler.flush()],
    ['is closed', async (handler: WatchedFileHandler) => handler.close()],
  ])('writes its buffer to the new file when it %s after the old one was deleted', async (_what, end) => {
    const handler = make({ buffer: {} });
    log(handler, 'a');
    unlinkSync(handler.baseFilename);

    await end(handler);

    expect(text(handler.baseFilename)).toBe('a\n');
    void handler.close();
  });

  it('counts buffered records when it is closed without its directory', () => {
    const directory = join(tempDir(), 'logs');
    mkdirSync(directory);
    const handler = new QuietHandler(join(directory, 'app.log'), { buffer: {} });
    log(handler, 'a');
    log(handler, 'b');
    rmSync(directory, { recursive: true });

    void handler.close();

    expect(handler.failures).toEqual(['b: DeliveryError: 2 records were lost at close']);
  });

  it('reports each record while the directory is gone, and writes again when it is back', () => {
    const directory = join(tempDir(), 'logs');
    mkdirSync(directory);
    const handler = new QuietHandler(join(directory, 'app.log'));
    rmSync(directory, { recursive: true });

    log(handler, 'lost');
    mkdirSync(directory);
    log(handler, 'kept');

    expect(handler.failures).toEqual([expect.stringMatching(/^lost: .*ENOENT/)]);
    expect(text(handler.baseFilename)).toBe('kept\n');
    void handler.close();
  });

  it('creates the directory again with mkdir', () => {
    const directory = join(tempDir(), 'logs');
    const handler = new QuietHandler(join(directory, 'app.log'), { mkdir: true });
    rmSync(directory, { recursive: true });

    log(handler, 'kept');

    expect(handler.failures).toEqual([]);
    expect(text(handler.baseFilename)).toBe('kept\n');
    void handler.close();
  });

  it('continues in the renamed file when the new one cannot be opened, and reports it once', () => {
    const handler = make();
    log(handler, 'first');
    renameSync(handler.baseFilename, `${handler.baseFilename}.1`);
    mkdirSync(handler.baseFilename);

    log(handler, 'second');
    log(handler, 'third');

    expect(text(`${handler.baseFilename}.1`)).toBe('first\nsecond\nthird\n');
    expect(handler.failures).toEqual([expect.stringContaining('the new file cannot be opened')]);
    void handler.close();
  });

  it('checks only once in checkIntervalMs if configured', () => {
    const clock = new ManualClock();
    const handler = make({ checkIntervalMs: 1000, clock });
    log(handler, 'a');
    renameSync(handler.baseFilename, `${handler.baseFilename}.1`);

    log(handler, 'b');
    clock.advance(1000);
    log(handler, 'c');

    expect(text(`${handler.baseFilename}.1`)).toBe('a\nb\n');
    expect(text(handler.baseFilename)).toBe('c\n');
    void handler.close();
  });

  it('has no device and inode until the file is opened', () => {
    const handler = make({ delay: true });

    handler.reopenIfNeeded();
    expect([handler.dev, handler.ino]).toEqual([-1, -1]);
    log(handler, 'a');
    expect(handler.ino).toBeGreaterThan(0);
    void handler.close();
  });

  it('refuses a negative interval', () => {
    expect(() => make({ checkIntervalMs: -1 })).toThrow(
      'QuietHandler: "checkIntervalMs" must be a non-negative integer, got -1.',
    );
  });
});
