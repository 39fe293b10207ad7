import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Handler } from '../../lib/core/handler';
import { DEBUG, ERROR, INFO } from '../../lib/core/level';
import type { LogRecord } from '../../lib/core/log-record';
import { shutdown } from '../../lib/core/shutdown';
import { FileHandler, MemoryHandler, type MemoryHandlerOptions } from '../../lib/handlers';
import { CollectingHandler, handlerContract } from '../../lib/testing';
import { some } from '../support/some';
import { tempDir } from '../support/temp-dir';
import { logAll } from '../support/log-all';

/** A target whose `handle` itself throws, which a Handler of ours never does. */
class BrokenTarget extends Handler {
  readonly got: string[] = [];

  override handle(record: LogRecord): LogRecord {
    if (record.getMessage() === 'bad') throw new Error('target failed');
    this.got.push(record.getMessage());
    return record;
  }
}

/** Keeps what it was told instead of printing it. */
class QuietMemoryHandler extends MemoryHandler {
  readonly failures: string[] = [];

  override handleError(record: LogRecord, error: unknown): void {
    this.failures.push(`${record.getMessage()}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

describe('MemoryHandler', () => {
  const target = new CollectingHandler();
  const subject = {
    create(options: MemoryHandlerOptions) {
      target.clear();
      return new MemoryHandler(10, { ...options, target });
    },
    read: () => target.messages,
    usesFormatter: false,
  };
  for (const { title, run } of handlerContract('MemoryHandler', subject)) it(title, run);

  it('takes the name of a level as flush level', () => {
    const seen = new CollectingHandler();
    const handler = new MemoryHandler(10, { flushLevel: 'INFO', target: seen });

    handler.handle(some.record({ levelno: DEBUG, message: 'below' }));
    expect(seen.messages).toEqual([]);
    handler.handle(some.record({ levelno: INFO, message: 'at' }));
    expect(seen.messages).toEqual(['below', 'at']);
  });

  it('delivers the records after one at which the target throws, and none twice', () => {
    const broken = new BrokenTarget();
    const handler = new QuietMemoryHandler(10, { target: broken });

    logAll(handler, ['first', 'bad', 'third']);
    handler.flush();
    handler.flush();

    expect(broken.got).toEqual(['first', 'third']);
    expect(handler.failures).toEqual(['bad: target failed']);
  });

  it('keeps the newest records and counts the others while it has no target', () => {
    const handler = new QuietMemoryHandler(2, { maxBuffered: 3 });

    logAll(handler, ['a', 'b', 'c', 'd', 'e']);

    expect(handler.buffer.map((record) => record.getMessage())).toEqual(['c', 'd', 'e']);
    expect(handler.dropped).toBe(2);
    expect(handler.failures).toEqual([
      'a: there is no target, and 3 records already wait',
      'b: there is no target, and 3 records already wait',
    ]);
  });

  it('leaves for the next flush what the target logs while it is flushed', () => {
    const handler: MemoryHandler = new MemoryHandler(10, { flushOnClose: false });
    const seen = new CollectingHandler();
    seen.addFilter((record) => {
      if (record.getMessage() === 'order') handler.buffer.push(some.record({ message: 'from the target' }));
      return true;
    });
    handler.setTarget(seen);

    logAll(handler, ['order']);
    handler.flush();
    expect(seen.messages).toEqual(['order']);
    handler.flush();
    expect(seen.messages).toEqual(['order', 'from the target']);
  });

  it('survives losing its target while it is flushed', () => {
    const handler: MemoryHandler = new MemoryHandler(10);
    const seen = new CollectingHandler();
    seen.addFilter(() => {
      handler.setTarget(undefined);
      return true;
    });
    handler.setTarget(seen);

    logAll(handler, ['a', 'b']);
    handler.flush();

    expect(seen.messages).toEqual(['a', 'b']);
  });

  it('shows the state that a mutable argument has at the flush', () => {
    const seen = new CollectingHandler();
    const handler = new MemoryHandler(10, { target: seen });
    const order = { state: 'new' };

    handler.handle(some.record({ message: '%j', args: [order] }));
    order.state = 'paid';
    handler.flush();

    expect(seen.messages).toEqual(['{"state":"paid"}']);
  });

  it.each([
    [true, ['kept']],
    [false, []],
  ])('with flushOnClose %s, shutdown() delivers %j', async (flushOnClose, expected) => {
    const seen = new CollectingHandler();
    const handler = new MemoryHandler(10, { target: seen, flushOnClose });
    logAll(handler, ['kept']);

    await shutdown();

    expect(seen.messages).toEqual(expected);
  });

  it('reaches, at the end of the process, a batched target that was flushed before it', () => {
    const path = join(tempDir(), 'app.log');
    const handler = new MemoryHandler(10);
    const file = new FileHandler(path, { buffer: {} });
    handler.setTarget(file);
    logAll(handler, ['last words']);

    file.flushSync();
    handler.flushSync();

    expect(readFileSync(path, 'utf8')).toBe('last words\n');
    void file.close();
  });

  it.each([
    [0, 'must be a positive integer, got 0'],
    [4, 'must be at least "capacity" (5), got 4'],
    [Number.NaN, 'got NaN'],
  ])('refuses %d as bound of 5 records', (maxBuffered, text) => {
    expect(() => new MemoryHandler(5, { maxBuffered })).toThrow(text);
  });

  it('refuses an unknown flush level', () => {
    expect(() => new MemoryHandler(5, { flushLevel: 'LOUD' })).toThrow("Unknown level: 'LOUD'");
    expect(new MemoryHandler(5).flushLevel).toBe(ERROR);
  });
});
