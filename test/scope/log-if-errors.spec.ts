/** logIfErrors: the decorated function, its handler, and who writes what. */
import { describe, expect, it } from 'vitest';
import { ConfigurationError } from '../../lib/errors';
import { attachHindsight } from '../../lib/scope/attach-hindsight';
import { HindsightHandler } from '../../lib/scope/hindsight.handler';
import { logIfErrors } from '../../lib/scope/log-if-errors';
import { currentScope } from '../../lib/scope/current';
import { CollectingHandler } from '../../lib/testing';
import { loggerAndTarget as orders, scopeTree } from './scope-tree';

describe('logIfErrors', () => {
  it('writes nothing for a call that succeeds, whatever it logs below flushLevel', () => {
    const { log, target } = orders();
    const place = logIfErrors(log, { target })(() => {
      log.debug('debug');
      log.warning('warning');
      return 7;
    });

    expect(place()).toBe(7);
    expect(target.messages).toEqual([]);
  });

  it('writes all of a call that throws, with its Error', () => {
    const { log, target } = orders();
    const error = new Error('boom');
    const place = logIfErrors(log, { target })(() => {
      log.debug('debug');
      log.info('info');
      throw error;
    });

    expect(place).toThrow(error);
    expect(target.messages).toEqual(['debug', 'info', 'call failed']);
    expect(target.records[2]?.excInfo).toBe(error);
    expect(target.records[2]?.name).toBe('orders');
  });

  it('writes all of a call whose promise rejects', async () => {
    const { log, target } = orders();
    const place = logIfErrors(log, { target })(async () => {
      log.debug('before');
      await Promise.resolve();
      log.debug('after');
      throw new Error('boom');
    });

    await expect(place()).rejects.toThrow('boom');
    expect(target.messages).toEqual(['before', 'after', 'call failed']);
  });

  it('passes on `this`, arguments and result', () => {
    const { log, target } = orders();
    class Shop {
      readonly factor = 3;
      times = logIfErrors(log, { target })(function (this: Shop, n: number): number {
        return n * this.factor;
      });
    }

    expect(new Shop().times(5)).toBe(15);
  });

  it('keeps the name and the length of the function', () => {
    const { log, target } = orders();
    const place = logIfErrors(log, { target })(function placeOrder(_id: number, _count: number) {});

    expect(place.name).toBe('placeOrder');
    expect(place).toHaveLength(2);
  });

  it('writes nothing of its logger outside of its calls', () => {
    const { log, target } = orders();
    logIfErrors(log, { target })(() => {})();
    log.error('outside');

    expect(target.messages).toEqual([]);
  });

  it('writes at once what is at an explicit passThroughLevel', () => {
    const { log, target } = orders();
    logIfErrors(log, { target, passThroughLevel: 'WARNING' })(() => {
      log.debug('debug');
      log.warning('warning');
    })();

    expect(target.messages).toEqual(['warning']);
  });

  it('does not mix calls that run at the same time', async () => {
    const { log, target } = orders();
    const place = logIfErrors(log, { target })(async (name: string, fails: boolean) => {
      log.debug(`${name} 1`);
      await Promise.resolve();
      log.debug(`${name} 2`);
      if (fails) throw new Error(name);
    });

    await Promise.allSettled([place('a', false), place('b', true), place('c', false), place('d', true)]);

    expect(target.messages.filter((message) => !message.includes('failed'))).toEqual([
      'b 1',
      'b 2',
      'd 1',
      'd 2',
    ]);
    expect(target.messages).toHaveLength(6);
  });

  it('writes a failing recursion once, inner calls first', () => {
    const { log, target } = orders();
    const countDown = logIfErrors(log, { target })((n: number): void => {
      log.debug(`at ${n}`);
      if (n === 0) throw new Error('bottom');
      countDown(n - 1);
    });

    expect(() => countDown(3)).toThrow('bottom');
    expect(target.messages).toEqual(['at 0', 'call failed', 'at 1', 'at 2', 'at 3']);
  });

  it('writes nothing twice when decorated functions that share a target call each other', () => {
    const { log, target } = orders();
    const inner = logIfErrors(log, { target })(() => log.debug('inner'));
    const outer = logIfErrors(log, { target })(() => {
      log.debug('outer');
      inner();
      throw new Error('boom');
    });

    expect(outer).toThrow('boom');
    expect(target.messages).toEqual(['outer', 'inner', 'call failed']);
  });

  it('puts one handler for a target on the logger, however many functions are decorated', () => {
    const { log, target } = orders();
    for (let i = 0; i < 100; i++) logIfErrors(log, { target })(() => {});

    expect(log.handlers).toHaveLength(1);
  });

  it('puts one handler on the logger when no target is given, too', () => {
    const { log } = orders();
    for (let i = 0; i < 100; i++) logIfErrors(log)(() => {});

    expect(log.handlers).toHaveLength(1);
  });

  it('uses the HindsightHandler that the logger has when no target is given', () => {
    const tree = scopeTree();
    const place = logIfErrors(tree.log)(() => {
      tree.log.debug('context');
      tree.log.info('at once');
      throw new Error('boom');
    });

    expect(place).toThrow('boom');
    expect(tree.messages).toEqual(['at once', 'context', 'call failed']);
    expect(tree.log.handlers).toEqual([]);
  });

  it('holds records for its own target inside a request too, and writes them there if the call fails', () => {
    const tree = scopeTree();
    const own = new CollectingHandler();
    const place = logIfErrors(tree.log, { target: own })(() => {
      tree.log.debug('context');
      throw new Error('boom');
    });
    tree.run({}, () => expect(place).toThrow('boom'));

    expect(own.messages).toEqual(['context', 'call failed']);
    expect(tree.messages).toEqual(['context', 'call failed']);
  });

  it('refuses bad options when the function is decorated', () => {
    const { log, target } = orders();

    expect(() => logIfErrors(log, { target, capacity: -1 })).toThrow(ConfigurationError);
    expect(() => logIfErrors(log, { target: {} as CollectingHandler })).toThrow('"target"');
  });

  it('leaves no scope behind', () => {
    const { log, target } = orders();
    logIfErrors(log, { target })(() => expect(currentScope()).toBeDefined())();

    expect(currentScope()).toBeUndefined();
  });

  it('does not keep requests from using the same target on the same logger', () => {
    const tree = scopeTree();
    tree.manager.root.removeHandler(tree.handler);
    const target = new CollectingHandler();
    logIfErrors(tree.log, { target })(() => {});
    attachHindsight(tree.log, target);
    tree.run({}, () => {
      tree.log.debug('context');
      tree.log.error('trigger');
    });

    expect(tree.log.handlers.every((handler) => handler instanceof HindsightHandler)).toBe(true);
    expect(target.messages).toEqual(['context', 'trigger']);
  });
});
