import { afterEach, describe, expect, it, vi } from 'vitest';
import { diagnostics, loggingSettings } from '../../lib/core/diagnostics';
import { getHandlerByName, getHandlerNames, Handler, OpenHandlers } from '../../lib/core/handler';
import { ERROR } from '../../lib/core/level';
import type { LogRecord } from '../../lib/core/log-record';
import { CollectingHandler, ThrowingHandler } from '../../lib/testing';
import { capturedStderr } from '../support/captured-stderr';
import { runChild } from '../support/child';
import { some } from '../support/some';

describe('getHandlerByName', () => {
  it('finds the handler until it is renamed or closed', () => {
    const handler = new CollectingHandler({ name: 'first name' });
    handler.name = 'second name';
    expect([getHandlerByName('first name'), getHandlerByName('second name')]).toEqual([undefined, handler]);

    void handler.close();
    expect(getHandlerByName('second name')).toBeUndefined();
  });

  it('finds the handler that has taken over the name of a closed one', () => {
    const old = new CollectingHandler({ name: 'taken over' });
    const next = new CollectingHandler({ name: 'taken over' });

    void old.close();

    expect(getHandlerByName('taken over')).toBe(next);
    void next.close();
  });

  it.each([undefined, ''])('does not find a handler by the name %j', (name) => {
    const handler = new CollectingHandler({ name: 'to be unnamed' });
    handler.name = name;

    expect([getHandlerByName('to be unnamed'), getHandlerByName('')]).toEqual([undefined, undefined]);
  });
});

describe('getHandlerNames', () => {
  it('is a snapshot', () => {
    const names = getHandlerNames();
    const handler = new CollectingHandler({ name: 'made later' });

    expect([names.has('made later'), getHandlerNames().has('made later')]).toEqual([false, true]);
    void handler.close();
  });
});

describe('OpenHandlers', { timeout: 30_000 }, () => {
  it('lists the newest first', () => {
    const open = new OpenHandlers();
    const handlers = [new CollectingHandler(), new CollectingHandler(), new CollectingHandler()];
    for (const handler of handlers) open.add(handler);

    expect(open.newestFirst()).toEqual(handlers.toReversed());
    open.delete(handlers[1] as CollectingHandler);
    expect(open.newestFirst()).toEqual([handlers[2], handlers[0]]);
  });

  it('flushes the others when one fails at exit', () => {
    capturedStderr();
    class Failing extends CollectingHandler {
      override flushSync(): void {
        throw new Error('disk full');
      }
    }
    const flushed: string[] = [];
    class Noting extends CollectingHandler {
      override flushSync(): void {
        flushed.push('noting');
      }
    }
    const open = new OpenHandlers();
    open.add(new Noting());
    open.add(new Failing({ name: 'fails at exit' }));

    open.flushSync();

    expect(flushed).toEqual(['noting']);
    expect(diagnostics.count('Failing fails at exit')).toBe(1);
  });

  it('does not keep an unused handler in memory', async () => {
    const { stdout } = await runChild(
      `const { openHandlers } = lib('core/handler');
       const { CollectingHandler } = lib('testing');
       const kept = new CollectingHandler();
       for (let i = 0; i < 5000; i++) new CollectingHandler();
       require('node:v8').setFlagsFromString('--expose-gc');
       const gc = require('node:vm').runInNewContext('gc');
       setImmediate(() => { gc(); setImmediate(() => console.log(openHandlers.newestFirst().length < 100, kept.id > 0)); });`,
    );

    expect(stdout).toBe('true true\n');
  });

  it('flushes buffers at the end of the process', async () => {
    const { stdout, code } = await runChild(
      `const { Handler } = lib('core/handler');
       class Late extends Handler { emit() {} flushSync() { require('fs').writeSync(1, 'flushed\\n'); } }
       globalThis.handler = new Late();
       process.exit(3);`,
    );

    expect([stdout, code]).toEqual(['flushed\n', 3]);
  });
});

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

  it('refuses an invalid level', () => {
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

  it('passes an error of emit to handleError, and accepts the next record', () => {
    const handler = new ThrowingHandler();
    const record = some.record();

    handler.handle(record);
    handler.handle(record);

    expect(handler.failures).toEqual(Array(2).fill({ record, error: handler.error }));
  });

  it('passes an error of a filter to handleError, and drops the record', () => {
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

  it('names the class that does not implement emit', () => {
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

  it('does not let a message or an Error forge a line by default', () => {
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

  it('enables captureCaller for a formatter that prints callers', () => {
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

  it('counts a failure silently when raiseExceptions is false', () => {
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

  it('is closed, and releases its name', () => {
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
