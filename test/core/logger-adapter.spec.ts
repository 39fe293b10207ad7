import { describe, expect, it } from 'vitest';
import { CRITICAL, DEBUG, ERROR, INFO, NOTSET, VERBOSE, WARNING } from '../../lib/core/level';
import { LoggerAdapter } from '../../lib/core/logger-adapter';
import { Manager } from '../../lib/core/manager';
import { CollectingHandler } from '../../lib/testing';
import { capturedStderr } from '../support/captured-stderr';

function setUp(): { manager: Manager; seen: CollectingHandler } {
  const manager = new Manager();
  const seen = new CollectingHandler();
  manager.root.addHandler(seen);
  manager.root.setLevel(NOTSET);
  return { manager, seen };
}

describe('LoggerAdapter', () => {
  it('puts its fields on every record', () => {
    const { manager, seen } = setUp();
    const adapter = new LoggerAdapter(manager.getLogger('a'), { user: 'ann' });

    adapter.info('order %d', 13);

    expect(seen.messages).toEqual(['order 13']);
    expect(seen.records[0]?.extra).toEqual({ user: 'ann' });
  });

  it("drops the call's own fields unless it merges", () => {
    const { manager, seen } = setUp();

    new LoggerAdapter(manager.getLogger('a'), { user: 'ann', id: 1 }).info('x', { id: 2 });
    new LoggerAdapter(manager.getLogger('a'), { user: 'ann', id: 1 }, { mergeExtra: true }).info('x', {
      id: 2,
    });

    expect(seen.records.map(({ extra }) => extra)).toEqual([
      { user: 'ann', id: 1 },
      { user: 'ann', id: 2 },
    ]);
  });

  it('keeps an object in the text if a placeholder uses it', () => {
    const { manager, seen } = setUp();

    new LoggerAdapter(manager.getLogger('a'), { user: 'ann' }).info('order %j', { id: 13 });

    expect(seen.messages).toEqual(['order {"id":13}']);
    expect(seen.records[0]?.extra).toEqual({ user: 'ann' });
  });

  it.each([
    ['100%', [], '100%'],
    ['50%s', [], '50%s'],
    ['%s of %s', ['one'], 'one of %s'],
    ['100%% %s', [], '100%% %s'],
  ])('does not fill the placeholders of %j with its fields', (message, args, expected) => {
    const { manager, seen } = setUp();

    new LoggerAdapter(manager.getLogger('a'), { user: 'ann' }).info(message, ...args);

    expect(seen.messages).toEqual([expected]);
    expect(seen.records[0]?.extra).toEqual({ user: 'ann' });
  });

  it('keeps the reserved keys of the call, and an Error among its arguments', () => {
    const { manager, seen } = setUp();
    const error = new Error('refused');
    const adapter = new LoggerAdapter(manager.getLogger('a'), { user: 'ann' });

    adapter.error('x', { id: 1 }, { excInfo: error });
    adapter.error('x', error);
    adapter.exception('x', error);

    expect(seen.records.map(({ excInfo, extra }) => ({ excInfo, extra }))).toEqual(
      Array(3).fill({ excInfo: error, extra: { user: 'ann' } }),
    );
  });

  it.each<[string, unknown, readonly unknown[]]>([
    ['an Error that a placeholder prints', 'failed: %s', [new Error('a')]],
    ['an Error that a placeholder prints, beside an open one', 'failed: %s of %s', [new Error('a')]],
    ['two Errors', 'failed: %s', [new Error('a'), new Error('b')]],
    ['an Error and a text that a placeholder takes', '%s failed', ['it', new Error('a')]],
    ['a placeholder that cannot print the Error', 'took %d', [new Error('a')]],
    ['an object before the message', { id: 1 }, ['placed by %s', 'ann']],
    ['an object with a message', { message: '100%s', id: 1 }, []],
    ['an Error in an object', { err: new Error('a'), id: 1 }, ['failed: %s']],
    [
      'an Error in an object, and one for a placeholder',
      { err: new Error('a') },
      ['failed: %s', new Error('b')],
    ],
    ['an Error in an object alone', { error: new Error('a'), id: 1 }, []],
    ['an Error before the message', new Error('a'), ['failed']],
    ['an Error alone', new Error('a'), [5]],
    ['an Error and a stack', 'failed', [new Error('a'), { id: 1 }, { stackInfo: 'at here' }]],
    ['an Error under excInfo', 'failed %s', ['x', { excInfo: new Error('a') }]],
    ['percent-encoding', 'GET /caf%c3%a9', [{ userId: 7 }]],
    ['percent-encoding and a value', 'GET /caf%c3%a9', [7]],
    ['a lazy message', (): string => 'made of %s', ['it']],
    ['a value that cannot be printed', '%d and %s', [{ toString: 1 }, Object.create(null)]],
  ])('reads %s as a logger does', (_what, message, args) => {
    const { manager, seen } = setUp();
    const logger = manager.getLogger('a');

    logger.error(message, ...args);
    new LoggerAdapter(logger, {}, { mergeExtra: true }).error(message, ...args);
    new LoggerAdapter(logger, { user: 'ann' }).error(message, ...args);

    const [own, merged, replaced] = seen.records.map((record) => ({
      text: record.getMessage(),
      error: record.excInfo,
      stack: record.stackInfo,
      extra: record.extra ?? {},
    }));
    expect(merged).toEqual(own);
    expect(replaced).toEqual({ ...own, extra: { user: 'ann' } });
  });

  it('keeps fields whose getter throws out of the way of the record', () => {
    const { manager, seen } = setUp();
    const fields = {
      get bad(): never {
        throw new Error('no look');
      },
    };

    new LoggerAdapter(manager.getLogger('a'), { user: 'ann' }, { mergeExtra: true }).info('x', fields);

    expect(seen.records[0]?.extra).toEqual({ user: 'ann', bad: '[Throws: no look]' });
  });

  it('works without fields', () => {
    const { manager, seen } = setUp();

    new LoggerAdapter(manager.getLogger('a')).info('x');

    expect(seen.messages).toEqual(['x']);
  });

  it('nests: without merging the inner fields win, with it both are there', () => {
    const { manager, seen } = setUp();
    const inner = new LoggerAdapter(manager.getLogger('a'), { service: 'shop' }, { mergeExtra: true });
    const outer = new LoggerAdapter(inner, { user: 'ann' });

    outer.info('x');
    new LoggerAdapter(new LoggerAdapter(manager.getLogger('a'), { service: 'shop' }), { user: 'ann' }).info(
      'x',
    );

    expect(seen.records.map(({ extra }) => extra)).toEqual([
      { service: 'shop', user: 'ann' },
      { service: 'shop' },
    ]);
  });

  it('lets a subclass change the message', () => {
    const { manager, seen } = setUp();
    class Prefixed extends LoggerAdapter {
      override process(message: unknown, args: readonly unknown[]): [unknown, readonly unknown[]] {
        return super.process(`[shop] ${String(message)}`, args);
      }
    }

    new Prefixed(manager.getLogger('a')).info('order %d', 13);

    expect(seen.messages).toEqual(['[shop] order 13']);
  });

  it('has a method for each level', () => {
    const { manager, seen } = setUp();
    const adapter = new LoggerAdapter(manager.getLogger('a'));

    adapter.verbose('x');
    adapter.debug('x');
    adapter.info('x');
    adapter.warning('x');
    adapter.warn('x');
    adapter.error('x');
    adapter.exception('x', new Error('y'));
    adapter.critical('x');
    adapter.fatal('x');
    adapter.log(15, 'x');

    expect(seen.records.map(({ levelno }) => levelno)).toEqual([
      VERBOSE,
      DEBUG,
      INFO,
      WARNING,
      WARNING,
      ERROR,
      ERROR,
      CRITICAL,
      CRITICAL,
      15,
    ]);
  });

  it('does not throw from log() for a level that is none', () => {
    capturedStderr();
    const { manager, seen } = setUp();

    new LoggerAdapter(manager.getLogger('a'), { user: 'ann' }).log('LOUD', 'still here');

    expect(seen.records).toMatchObject([{ levelno: ERROR, extra: { user: 'ann' } }]);
  });

  it('does not render what its logger drops', () => {
    const { manager, seen } = setUp();
    manager.root.setLevel(CRITICAL);
    const adapter = new LoggerAdapter(manager.getLogger('a'), { user: 'ann' });

    adapter.exception('x', new Error('y'));
    adapter.info('x');

    expect(seen.records).toEqual([]);
  });

  it('answers for its logger', () => {
    const { manager } = setUp();
    const logger = manager.getLogger('a.b');
    const adapter = new LoggerAdapter(new LoggerAdapter(logger));
    const handler = new CollectingHandler();

    adapter.setLevel('ERROR');
    adapter.addHandler(handler);

    expect([logger.level, logger.handlers, adapter.name]).toEqual([ERROR, [handler], 'a.b']);
    expect([adapter.isEnabledFor(INFO), adapter.getEffectiveLevel(), adapter.hasHandlers()]).toEqual([
      false,
      ERROR,
      true,
    ]);
    adapter.removeHandler(handler);
    expect(logger.handlers).toEqual([]);
  });

  it("prints as Python's repr does", () => {
    const { manager } = setUp();
    manager.root.setLevel(DEBUG);

    expect(String(new LoggerAdapter(manager.getLogger('a.b')))).toBe('<LoggerAdapter a.b (DEBUG)>');
  });
});
