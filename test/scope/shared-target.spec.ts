/** Several handlers over one target: what reaches it by way of two of them is written once. */
import { describe, expect, it } from 'vitest';
import { attachHindsight } from '../../lib/scope/attach-hindsight';
import { stats } from '../../lib/scope/counts';
import { logIfErrors } from '../../lib/scope/log-if-errors';
import { loggerAndTarget, scopeTree, type ScopeTree } from './scope-tree';

describe('a target that several loggers have', () => {
  const handled = (one: ScopeTree, call: () => unknown) => () => {
    try {
      return one.run({}, call);
    } catch {
      return undefined;
    }
  };

  it.each([
    ['fails', true, ['info', '* debug', '* outside', '* inside', 'call failed']],
    ['succeeds', false, ['info']],
  ])('writes each record once when it %s in a request', (_how, fails, expected) => {
    const one = scopeTree();
    const log = one.manager.getLogger('orders');
    const place = logIfErrors(log, { target: one.target })(() => {
      log.debug('inside');
      log.info('info');
      if (fails) throw new Error('boom');
    });
    const before = stats().records;
    handled(one, () => {
      one.log.debug('debug');
      log.debug('outside');
      place();
    })();

    const seen = one.target.records.map(
      (record) => `${record.hindsight === undefined ? '' : '* '}${record.getMessage()}`,
    );
    expect(seen.toSorted()).toEqual(expected.toSorted());
    const { passed, dumped, dropped, held } = stats().records;
    const counted = passed + dumped + dropped + held;
    expect(counted - before.passed - before.dumped - before.dropped - before.held).toBe(fails ? 5 : 4);
  });

  it('keeps the order of what comes by way of both', () => {
    const one = scopeTree();
    const log = one.manager.getLogger('orders');
    const place = logIfErrors(log, { target: one.target })(() => {
      for (let i = 1; i <= 3; i++) {
        log.debug('orders %d', i);
        one.log.debug('shop %d', i);
      }
      throw new Error('boom');
    });
    handled(one, place)();

    expect(one.messages).toEqual([
      'orders 1',
      'shop 1',
      'orders 2',
      'shop 2',
      'orders 3',
      'shop 3',
      'call failed',
    ]);
  });

  it('writes each record once where two decorated functions of loggers inside one another share it', () => {
    const { log, target } = loggerAndTarget();
    const child = log.getChild('stock');
    const take = logIfErrors(child, { target })(() => {
      child.debug('taking');
      child.error('no stock');
    });
    const place = logIfErrors(log, { target })(() => {
      log.debug('placing');
      take();
      throw new Error('boom');
    });

    expect(place).toThrow('boom');
    expect(target.messages.toSorted()).toEqual(['call failed', 'no stock', 'placing', 'taking']);
  });

  it('holds a record once where a request has a handler on each of two loggers', () => {
    const one = scopeTree();
    const log = one.manager.getLogger('orders');
    attachHindsight(log, one.target, { passThroughLevel: 'WARNING' });
    handled(one, () => {
      log.debug('debug');
      log.info('info');
      throw new Error('boom');
    })();

    expect(one.messages).toEqual(['info', 'debug', 'call failed']);
  });

  it('leaves what is logged outside of all to the loggers, as Python does', () => {
    const one = scopeTree();
    const log = one.manager.getLogger('orders');
    attachHindsight(log, one.target);
    log.info('twice');

    expect(one.messages).toEqual(['twice', 'twice']);
  });
});
