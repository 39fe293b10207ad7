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

  it('leaves an object that a placeholder uses in the text', () => {
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

    adapter.error('x', { excInfo: error, id: 1 });
    adapter.error('x', error);
    adapter.exception('x', error);

    expect(seen.records.map(({ excInfo, extra }) => ({ excInfo, extra }))).toEqual(
      Array(3).fill({ excInfo: error, extra: { user: 'ann' } }),
    );
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
