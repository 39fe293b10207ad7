import { inspect } from 'node:util';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { diagnostics, loggingSettings } from '../../lib/core/diagnostics';
import { CRITICAL, DEBUG, ERROR, INFO, NOTSET, VERBOSE, WARNING } from '../../lib/core/level';
import type { LogRecord } from '../../lib/core/log-record';
import type { Logger } from '../../lib/core/logger';
import { getLogger, Manager } from '../../lib/core/manager';
import { contextStorage } from '../../lib/core/record-context';
import { CollectingHandler, ManualClock, ThrowingHandler } from '../../lib/testing';
import { capturedStderr } from '../support/captured-stderr';
import { revokedProxy } from '../support/hostile-values';
import { some } from '../support/some';

function setUp(name = 'shop.orders'): { manager: Manager; logger: Logger; seen: CollectingHandler } {
  const manager = new Manager();
  const seen = new CollectingHandler();
  manager.root.addHandler(seen);
  manager.root.setLevel(NOTSET);
  return { manager, logger: manager.getLogger(name), seen };
}

afterEach(() => {
  loggingSettings.captureCaller = false;
});

describe('Logger', () => {
  it('starts at NOTSET, propagates, and is not disabled', () => {
    expect(setUp().logger).toMatchObject({
      level: 0,
      propagate: true,
      disabled: false,
      handlers: [],
      filters: [],
    });
  });

  it('has a method for each level', () => {
    const { logger, seen } = setUp();

    logger.verbose('a');
    logger.debug('b');
    logger.info('c');
    logger.warning('d');
    logger.warn('e');
    logger.error('f');
    logger.critical('g');
    logger.fatal('h');
    logger.log(15, 'i');
    logger.log('INFO', 'j');

    expect(seen.records.map(({ levelno }) => levelno)).toEqual([
      VERBOSE,
      DEBUG,
      INFO,
      WARNING,
      WARNING,
      ERROR,
      CRITICAL,
      CRITICAL,
      15,
      INFO,
    ]);
  });

  it('logs an exception at ERROR with its Error, placeholders filled', () => {
    const { logger, seen } = setUp();
    const error = new Error('refused');

    logger.exception('order %d', error, 13, { user: 'ann' });

    expect(seen.records[0]).toMatchObject({ levelno: ERROR, excInfo: error, extra: { user: 'ann' } });
    expect(seen.messages).toEqual(['order 13']);
  });

  it('logs at ERROR, and reports this, when log() gets an invalid level', () => {
    const stderr = capturedStderr();
    const { logger, seen } = setUp('level that is none');

    logger.log('LOUD', 'still here');
    logger.log(undefined as never, 'still here');

    expect(seen.records.map(({ levelno }) => levelno)).toEqual([ERROR, ERROR]);
    expect(stderr.text).toContain(
      "log() was given a level that is none: ConfigurationError: Unknown level: 'LOUD'",
    );
  });

  it('takes the time of the call from the clock of its tree, in seconds', () => {
    const clock = new ManualClock(1_700_000_000_123);
    const manager = new Manager({ clock });
    const seen = new CollectingHandler();
    manager.root.addHandler(seen);

    manager.getLogger('timed').error('x');

    expect(seen.records[0]?.created).toBe(1_700_000_000.123);
  });

  it('drops records below the effective level without formatting them', () => {
    const { manager, logger, seen } = setUp();
    manager.root.setLevel(INFO);
    const message = vi.fn(() => 'expensive');

    logger.debug(message);
    logger.debug('%s', { toString: message });
    logger.exception('at error', new Error('x'));
    logger.setLevel(CRITICAL);
    logger.exception('dropped', new Error('x'));

    expect(message).not.toHaveBeenCalled();
    expect(seen.messages).toEqual(['at error']);
  });

  it('follows a level that changes anywhere above', () => {
    const { manager, logger, seen } = setUp('a.b.c');

    manager.getLogger('a').setLevel(ERROR);
    logger.info('dropped');
    manager.getLogger('a').setLevel(NOTSET);
    logger.info('passed');
    manager.getLogger('a.b').level = ERROR;
    logger.info('dropped');

    expect(seen.messages).toEqual(['passed']);
    expect(logger.getEffectiveLevel()).toBe(ERROR);
  });

  it('drops everything while it is disabled', () => {
    const { logger, seen } = setUp();
    logger.disabled = true;

    logger.critical('dropped');
    logger.handle(some.record());

    expect(logger.isEnabledFor(CRITICAL)).toBe(false);
    logger.disabled = false;
    logger.critical('passed');
    expect(seen.messages).toEqual(['passed']);
  });

  it('passes a record to its own handlers first, in the order added, then to those of its parents', () => {
    const { manager, logger } = setUp('a.b');
    const order: string[] = [];
    const note = (label: string): CollectingHandler =>
      new CollectingHandler({ filters: [() => order.push(label)] });
    manager.root.addHandler(note('root'));
    logger.addHandler(note('own 1'));
    logger.addHandler(note('own 2'));
    manager.getLogger('a').addHandler(note('parent'));

    logger.info('x');

    expect(order).toEqual(['own 1', 'own 2', 'parent', 'root']);
  });

  it('stops where propagate is false', () => {
    const { manager, logger, seen } = setUp('a.b');
    const own = new CollectingHandler();
    logger.addHandler(own);
    manager.getLogger('a').propagate = false;

    logger.info('x');

    expect([own.messages, seen.messages]).toEqual([['x'], []]);
  });

  it('compares the level of each handler, not of the loggers above', () => {
    const { manager, logger, seen } = setUp('a.b');
    manager.getLogger('a').setLevel(CRITICAL);
    logger.setLevel(DEBUG);
    const errors = new CollectingHandler({ level: ERROR });
    logger.addHandler(errors);

    logger.debug('x');

    expect([errors.messages, seen.messages]).toEqual([[], ['x']]);
  });

  it('does not add a handler twice, and ignores the removal of an unknown one', () => {
    const { logger } = setUp();
    const handler = new CollectingHandler();
    logger.addHandler(handler);
    logger.addHandler(handler);
    logger.removeHandler(new CollectingHandler());
    expect(logger.handlers).toEqual([handler]);

    logger.removeHandler(handler);
    expect(logger.handlers).toEqual([]);
  });

  it.each([undefined, null, 'file', {}])('refuses the handler %o', (handler) => {
    expect(() => setUp().logger.addHandler(handler as never)).toThrow(
      /^Logger.addHandler: takes a Handler, got /,
    );
  });

  it('applies its filters, which may replace the record for all handlers', () => {
    const { logger, seen } = setUp();
    logger.addFilter((record) => record.getMessage() !== 'unwanted');
    logger.addFilter((record) => Object.assign(record.clone(), { msg: 'replaced' }));

    logger.info('unwanted');
    logger.info('wanted');

    expect(seen.messages).toEqual(['replaced']);
  });

  it('does not apply the filters of its parents', () => {
    const { manager, logger, seen } = setUp('a.b');
    manager.getLogger('a').addFilter(() => false);

    logger.info('x');

    expect(seen.messages).toEqual(['x']);
  });

  it('passes an existing record on, with any level', () => {
    const { manager, logger, seen } = setUp();
    manager.root.setLevel(CRITICAL);

    logger.handle(some.record({ levelno: DEBUG, message: 'from a wire' }));

    expect(seen.messages).toEqual(['from a wire']);
  });

  it('knows whether a record would reach a handler', () => {
    const { manager, logger } = setUp('a.b');
    expect(logger.hasHandlers()).toBe(true);

    manager.getLogger('a').propagate = false;
    expect(logger.hasHandlers()).toBe(false);
  });

  it('has children by name', () => {
    const { manager, logger } = setUp('a');
    const child = logger.getChild('b.c');

    expect(child).toBe(manager.getLogger('a.b.c'));
    expect(manager.root.getChild('x')).toBe(manager.getLogger('x'));
    expect([...logger.getChildren()]).toEqual([]);
    expect([...manager.getLogger('a.b').getChildren()]).toEqual([child]);
  });

  it("prints as Python's repr does, with the effective level", () => {
    const { manager, logger } = setUp('a.b');
    manager.getLogger('a').setLevel(15);

    expect([String(logger), inspect(logger)]).toEqual(['<Logger a.b (Level 15)>', '<Logger a.b (Level 15)>']);
  });

  it('stores the scope of the call', () => {
    const { manager, logger, seen } = setUp();
    const context = { id: 'scope 1', fields: { requestId: 'r' }, tree: manager };

    contextStorage.run(context, () => logger.info('inside'));
    logger.info('outside');

    expect(seen.records.map((record) => record.context)).toEqual([context, undefined]);
    expect(seen.records[0]?.taskName).toBe('scope 1');
  });

  it('writes to the tree of the scope when it belongs to the process', () => {
    const { manager, seen } = setUp();

    contextStorage.run({ id: '1', fields: {}, tree: manager }, () => getLogger('of the process').error('x'));

    expect(seen.records.map(({ name }) => name)).toEqual(['of the process']);
  });

  it('stores the caller if configured', () => {
    const { logger, seen } = setUp();
    loggingSettings.captureCaller = true;

    logger.info('x');

    expect(seen.records[0]).toMatchObject({ filename: 'logger.spec.ts', pathname: __filename });
  });
});

describe('a log call never throws', () => {
  const hostile = {
    toString(): string {
      throw new Error('hostile toString');
    },
    [inspect.custom](): string {
      throw new Error('hostile inspect');
    },
  };
  const circular: Record<string, unknown> = {};
  circular['self'] = circular;

  it.each([
    ['a value that throws when printed', ['%s', hostile]],
    ['a left-over value that throws when printed', ['x', hostile]],
    ['a lazy message that throws', [() => hostile.toString()]],
    ['a BigInt for %j', ['%j', 1n]],
    ['a symbol for %d', ['%d', Symbol('s')]],
    ['a circular object', ['%j', circular]],
    [
      'fields with a getter that throws',
      ['x', Object.defineProperty({}, 'a', { get: hostile.toString, enumerable: true })],
    ],
    ['no message at all', []],
    ['a revoked Proxy', ['x', revokedProxy()]],
  ])('with %s', (_what, args) => {
    const { logger, seen } = setUp();
    const [message, ...rest] = args;

    logger.info(message, ...rest);
    logger.info('next');

    expect(seen.messages.at(-1)).toBe('next');
    expect(seen.messages.length + seen.failures.length).toBe(2);
  });

  it('when a filter of the logger throws: the record is dropped and the failure counted', () => {
    capturedStderr();
    const { logger, seen } = setUp('filter that throws');
    logger.addFilter(() => {
      throw new Error('filter failed');
    });

    logger.info('x');

    expect(seen.messages).toEqual([]);
    expect(diagnostics.count('Logger filter that throws')).toBe(1);
  });

  it('when a handler fails: the others get the record', () => {
    const { logger, seen } = setUp();
    logger.addHandler(new ThrowingHandler());

    logger.info('x');

    expect(seen.messages).toEqual(['x']);
  });

  it("when a handler's own handle() throws: the others get the record and the failure is counted", () => {
    capturedStderr();
    class Rude extends CollectingHandler {
      override handle(_record: LogRecord): never {
        throw new Error('rude');
      }
    }
    const { logger, seen } = setUp();
    logger.addHandler(new Rude());

    logger.info('x');

    expect(seen.messages).toEqual(['x']);
    expect(diagnostics.count('Rude')).toBe(1);
  });
});
