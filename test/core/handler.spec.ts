import { afterEach, describe, expect, it, vi } from 'vitest';
import { diagnostics } from '../../lib/core/diagnostics';
import { Handler } from '../../lib/core/handler';
import { ERROR } from '../../lib/core/level';
import type { LogRecord } from '../../lib/core/log-record';
import { getHandlerByName } from '../../lib/core/open-handlers';
import { loggingSettings } from '../../lib/core/settings';
import { CollectingHandler, ThrowingHandler } from '../../lib/testing';
import { capturedStderr } from '../support/captured-stderr';
import { some } from '../support/some';

class Plain extends Handler {}

class Failing extends Handler {
  override emit(): void {
    throw new Error('disk full', { cause: new Error('ENOSPC') });
  }
}

afterEach(() => {
  loggingSettings.raiseExceptions = true;
  loggingSettings.captureCaller = false;
});

describe('Handler', () => {
  it('starts at NOTSET, without formatter, filters or name', () => {
    expect(new CollectingHandler()).toMatchObject({
      level: 0,
      formatter: undefined,
      filters: [],
      name: undefined,
      closed: false,
    });
  });

  it('takes level, formatter, filters and name as options', () => {
    const formatter = { format: () => 'formatted' };
    const filter = (): boolean => true;

    const handler = new CollectingHandler({
      level: 'ERROR',
      formatter,
      filters: [filter],
      name: 'by options',
    });

    expect(handler).toMatchObject({ level: ERROR, formatter, filters: [filter], name: 'by options' });
    expect(getHandlerByName('by options')).toBe(handler);
  });

  it('refuses a level that is none', () => {
    expect(() => new CollectingHandler({ level: 'LOUD' })).toThrow("Unknown level: 'LOUD'");
    expect(() => new CollectingHandler().setLevel('LOUD')).toThrow("Unknown level: 'LOUD'");
  });

  it('refuses a formatter that cannot format', () => {
    expect(() => new CollectingHandler().setFormatter({} as never)).toThrow(
      'CollectingHandler: "formatter" must be an object with a format(record) method, got ',
    );
  });

  it('does not compare levels in handle(), which is what loggers do', () => {
    const handler = new CollectingHandler({ level: ERROR });

    handler.handle(some.record({ message: 'debug' }));

    expect(handler.messages).toEqual(['debug']);
  });

  it('returns the record, as the filters left it', () => {
    const record = some.record();
    const replacement = some.record({ message: 'replaced' });
    const handler = new CollectingHandler();
    expect(handler.handle(record)).toBe(record);

    handler.addFilter(() => replacement);

    expect(handler.handle(record)).toBe(replacement);
    expect(handler.messages).toEqual(['order placed', 'replaced']);
  });

  it('returns false for a record that a filter drops', () => {
    const handler = new CollectingHandler({ filters: [() => false] });

    expect(handler.handle(some.record())).toBe(false);
    expect(handler.messages).toEqual([]);
  });

  it('gives what emit throws to handleError, and takes the next record', () => {
    const handler = new ThrowingHandler();
    const record = some.record();

    handler.handle(record);
    handler.handle(record);

    expect(handler.failures).toEqual(Array(2).fill({ record, error: handler.error }));
  });

  it('gives what a filter throws to handleError, and drops the record', () => {
    const error = new Error('filter failed');
    const handler = new CollectingHandler();
    handler.addFilter(() => {
      throw error;
    });

    expect(handler.handle(some.record())).toBe(false);
    expect([handler.failures, handler.messages]).toEqual([[error], []]);
  });

  it('counts a record that it logs itself while it writes, and does not write it', () => {
    const failures: unknown[] = [];
    class Recursive extends Handler {
      entered = 0;
      override emit(record: LogRecord): void {
        this.entered++;
        this.handle(record);
      }
      override handleError(_record: LogRecord, error: unknown): void {
        failures.push(error);
      }
    }
    const handler = new Recursive();

    handler.handle(some.record());

    expect(handler.entered).toBe(1);
    expect(failures).toEqual([expect.objectContaining({ code: 'ERR_LOG_DELIVERY' })]);
  });

  it('tells who does not implement emit', () => {
    const stderr = capturedStderr();

    new Plain({ name: 'without emit' }).handle(some.record());

    expect(stderr.text).toContain('Plain: emit(record) must be implemented by Handler subclasses.');
  });

  it('formats as Python does by default: message, exception, stack', () => {
    const error = new Error('refused');
    const record = some.record({ message: 'order %d', args: [13], error });

    expect(new CollectingHandler().format(record)).toBe(`order 13\n${error.stack}`);
    expect(record.message).toBe('order 13');
  });

  it('lets no message and no Error forge a line by default', () => {
    const message = 'a\nINFO root forged\x1b[2J\0\u202e';
    const record = some.record({ message, error: 'x\nINFO root forged' });

    expect(new CollectingHandler().format(record)).toBe(
      'a\\nINFO root forged\\x1b[2J\\x00\\u202e\n    x\n    INFO root forged',
    );
    expect(record.message).toBe(message);
  });

  it('goes back to the default format', () => {
    const handler = new CollectingHandler({ formatter: { format: () => 'other' } });
    handler.setFormatter(undefined);

    expect(handler.format(some.record())).toBe('order placed');
  });

  it('turns the capture of callers on for a formatter that prints them', () => {
    new CollectingHandler().setFormatter({ format: () => '', usesCaller: true });

    expect(loggingSettings.captureCaller).toBe(true);
  });

  it('reports a failure on stderr with its cause, without the arguments of the call', () => {
    const stderr = capturedStderr();

    new Failing({ name: 'reports a failure' }).handle(some.record({ message: 'card %s', args: ['4111'] }));

    expect(stderr.text).toBe(
      'nestjs-hindsight: Failing reports a failure: a record was not written: Error: disk full: Error: ENOSPC ' +
        '(shop.orders INFO "card %s")\n',
    );
  });

  it('counts a failure without a word when raiseExceptions is false', () => {
    const stderr = capturedStderr();
    loggingSettings.raiseExceptions = false;

    new Failing({ name: 'is silent' }).handle(some.record());

    expect(stderr.text).toBe('');
    expect(diagnostics.count('Failing is silent')).toBe(1);
  });

  it('does not throw when stderr is gone', () => {
    vi.spyOn(process.stderr, 'write').mockImplementation(() => {
      throw new Error('EPIPE');
    });

    try {
      expect(() => new Failing({ name: 'no stderr' }).handle(some.record())).not.toThrow();
    } finally {
      vi.restoreAllMocks();
    }
  });

  it('is closed once and for all, and gives its name back', () => {
    const handler = new CollectingHandler({ name: 'closed once' });

    void handler.close();
    void handler.close();

    expect([handler.closed, getHandlerByName('closed once')]).toEqual([true, undefined]);
  });

  it("prints as Python's repr does", () => {
    const handler = new CollectingHandler({ level: 15 });

    expect(String(handler)).toBe('<CollectingHandler (Level 15)>');
  });

  it('reports a flush at exit that rejects', async () => {
    capturedStderr();
    class Slow extends CollectingHandler {
      override async flush(): Promise<void> {
        throw new Error('peer gone');
      }
    }
    const handler = new Slow({ name: 'flush rejects' });

    handler.flushSync();
    await Promise.resolve();
    await Promise.resolve();

    expect(diagnostics.count('Slow flush rejects')).toBe(1);
  });
});
