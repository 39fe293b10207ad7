/** LogScope: what is written at once, what is held, and what becomes of it. */
import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { DEBUG, ERROR } from '../../lib/core/level';
import { contextStorage } from '../../lib/core/record-context';
import { HindsightHandler } from '../../lib/scope/hindsight.handler';
import type { LogScope } from '../../lib/scope/log-scope';
import { stats } from '../../lib/scope/scope-registry';
import { currentScope } from '../../lib/scope/scope-storage';
import { CollectingHandler, ManualClock } from '../../lib/testing';
import { until } from '../support/until';
import { reasons, scopeTree } from './scope-tree';

describe('LogScope', () => {
  describe('while it holds', () => {
    it('writes what is at the pass-through level and holds what is below', () => {
      const { run, log, target } = bound();
      run({}, () => {
        log.debug('held');
        log.info('at once');
        expect(target.messages).toEqual(['at once']);
      });

      expect(target.messages).toEqual(['at once']);
    });

    it('holds everything with passThroughLevel null, and writes at the end what passes the level of the target', () => {
      const { run, log, target } = bound();
      target.setLevel('INFO');
      run({ passThroughLevel: null }, () => {
        log.debug('low');
        log.info('middle');
        log.warning('high');
        expect(target.messages).toEqual([]);
      });

      expect(target.messages).toEqual(['middle', 'high']);
    });

    it('writes all of it with passThroughLevel null when the work fails', () => {
      const { run, log, target } = bound();
      target.setLevel('INFO');
      expect(() =>
        run({ passThroughLevel: null }, () => {
          log.debug('low');
          log.info('middle');
          throw new Error('boom');
        }),
      ).toThrow('boom');

      expect(target.messages).toEqual(['low', 'middle', 'call failed']);
    });

    it('respects the level of the target for what passes and not for what is dumped', () => {
      const { run, log, target } = bound();
      target.setLevel(ERROR);
      run({}, () => {
        log.debug('context');
        log.info('below the target');
        log.error('failure');
      });

      expect(target.messages).toEqual(['context', 'failure']);
    });

    it('numbers every record of the scope', () => {
      const { run, log, target } = bound();
      run({}, () => {
        log.info('one');
        log.debug('two');
        log.error('three');
      });

      expect(target.records.map(({ seq }) => seq)).toEqual([1, 2, 3]);
    });
  });

  describe('at flushLevel', () => {
    it('writes the held records first and the trigger after them', () => {
      const { run, log, target } = bound();
      run({}, () => {
        log.debug('first');
        log.debug('second');
        log.error('trigger');
      });

      expect(target.messages).toEqual(['first', 'second', 'trigger']);
      expect(reasons(target.records)).toEqual(['level ERROR', 'level ERROR', undefined]);
    });

    it('is triggered by CRITICAL too', () => {
      const { run, log, target } = bound();
      run({}, () => {
        log.debug('context');
        log.critical('trigger');
      });

      expect(target.messages).toEqual(['context', 'trigger']);
    });

    it('takes another level', () => {
      const { run, log, target } = bound();
      run({ flushLevel: 'WARNING' }, () => {
        log.debug('context');
        log.warning('trigger');
      });
      run({ flushLevel: 'CRITICAL' }, () => {
        log.debug('not written');
        log.error('no trigger');
      });

      expect(target.messages).toEqual(['context', 'trigger', 'no trigger']);
    });

    it('keeps the time of each record', () => {
      const clock = new ManualClock(1_000_000);
      const { run, log, target } = bound(clock);
      run({}, () => {
        log.debug('early');
        clock.advance(5000);
        log.error('late');
      });

      expect(target.records.map(({ created }) => created)).toEqual([1000, 1005]);
    });

    it('passes everything through for the rest of the scope', () => {
      const { run, log, target, tree } = bound();
      run({}, () => {
        log.error('trigger');
        log.debug('after');
        tree.manager.getLogger('first.used.now').debug('other logger');
      });

      expect(target.messages).toEqual(['trigger', 'after', 'other logger']);
      expect(reasons(target.records)).toEqual([undefined, undefined, undefined]);
    });

    it("holds again with afterFlush 'rearm', and writes nothing twice", () => {
      const { run, log, target } = bound();
      run({ afterFlush: 'rearm' }, () => {
        log.debug('a');
        log.error('first trigger');
        log.debug('b');
        expect(target.messages).toEqual(['a', 'first trigger']);
        log.error('second trigger');
        log.debug('dropped');
      });

      expect(target.messages).toEqual(['a', 'first trigger', 'b', 'second trigger']);
    });
  });

  describe('when the work fails', () => {
    it('writes the Error once, after what was held', () => {
      const { run, log, target } = bound();
      const error = new Error('boom');
      expect(() =>
        run({}, () => {
          log.debug('context');
          throw error;
        }),
      ).toThrow(error);

      expect(target.messages).toEqual(['context', 'call failed']);
      expect(target.records[1]?.excInfo).toBe(error);
      expect(target.records[1]?.name).toBe('call');
    });

    it.each([
      ['as an argument', (error: Error) => ['could not', error]],
      ['in the fields', (error: Error) => ['could not', { err: error }]],
    ])('does not write an Error again that was logged %s', (_how, args) => {
      const { run, log, target } = bound();
      const error = new Error('boom');
      expect(() =>
        run({}, () => {
          const [message, argument] = args(error);
          log.error(message, argument);
          throw error;
        }),
      ).toThrow(error);

      expect(target.messages).toHaveLength(1);
    });

    it('writes an Error that was logged below the level that is written, with the dump only', () => {
      const { run, log, target } = bound();
      const error = new Error('boom');
      expect(() =>
        run({}, () => {
          log.debug('caught', error);
          throw error;
        }),
      ).toThrow(error);

      expect(target.records.map(({ excInfo }) => excInfo)).toEqual([error]);
    });

    it.each([['a string'], [42], [null], [undefined]])('writes %s that was thrown', async (thrown) => {
      const { run, target } = bound();
      await expect(run({}, () => Promise.reject(thrown))).rejects.toBe(thrown);

      expect(target.messages).toEqual(['call failed']);
      expect(target.records[0]?.excInfo).toBeDefined();
    });

    it('survives values and messages that cannot be rendered, in the call and in the dump', () => {
      const { run, log, target } = bound();
      const unprintable = {
        toString(): string {
          throw new Error('cannot be printed');
        },
      };
      run({}, () => {
        log.debug('before');
        log.debug('%s', unprintable);
        log.debug(() => {
          throw new Error('lazy message failed');
        });
        log.info('%s', unprintable);
        log.debug('behind');
        log.error('trigger');
      });

      const shown = '[Throws: cannot be printed]';
      expect(target.messages).toEqual([shown, 'before', shown, 'behind', 'trigger']);
      expect(target.failures).toHaveLength(1);
    });
  });

  describe('settle', () => {
    it('counts the first call only', () => {
      const { tree, target } = bound();
      const scope = tree.open();
      contextStorage.run(scope, () => tree.log.debug('context'));
      scope.settle();
      scope.settle({ status: 500 });

      expect(target.messages).toEqual([]);
      expect(scope.settled).toBe(true);
    });

    it('writes by status when no Error is known', () => {
      const { tree, target } = bound();
      const scope = tree.open();
      contextStorage.run(scope, () => tree.log.debug('context'));
      scope.settle({ status: 503 });

      expect(target.messages).toEqual(['context']);
      expect(reasons(target.records)).toEqual(['status 503']);
    });

    it("asks the user's flushOn with what is known", () => {
      const { tree, target } = bound();
      const seen: unknown[] = [];
      const scope = tree.open({ flushOn: (outcome) => seen.push(outcome) > 0 });
      contextStorage.run(scope, () => tree.log.debug('context'));
      scope.settle({ status: 204, path: '/orders' });

      expect(seen).toMatchObject([
        { kind: 'call', status: 204, path: '/orders', aborted: false, error: undefined },
      ]);
      expect(reasons(target.records)).toEqual(['flushOn']);
    });

    it('does not count a clock that goes back as a negative duration', () => {
      const clock = new ManualClock();
      const durations: number[] = [];
      const { tree } = bound(clock);
      const scope = tree.open({ flushOn: ({ durationMs }) => durations.push(durationMs) < 0 });
      clock.advance(-60_000);
      scope.settle();

      expect(durations).toEqual([0]);
    });
  });

  describe('a veto', () => {
    it('holds the level trigger back until the status is known, and then wins', () => {
      const { tree, target } = bound();
      const scope = tree.open({ excludeStatus: [404] });
      contextStorage.run(scope, () => {
        tree.log.debug('context');
        tree.log.error('passes by itself');
      });
      expect(target.messages).toEqual(['passes by itself']);
      scope.settle({ status: 404 });

      expect(target.messages).toEqual(['passes by itself']);
    });

    it('lets the held trigger dump when it does not apply', () => {
      const { tree, target } = bound();
      const scope = tree.open({ excludeStatus: [404] });
      contextStorage.run(scope, () => {
        tree.log.debug('context');
        tree.log.error('passes by itself');
      });
      scope.settle({ status: 200 });

      expect(target.messages).toEqual(['passes by itself', 'context']);
      expect(reasons(target.records)).toEqual([undefined, 'level ERROR']);
    });

    it('by error class keeps a failing call quiet', () => {
      const { run, log, target } = bound();
      expect(() =>
        run({ excludeErrors: [TypeError] }, () => {
          log.debug('context');
          throw new TypeError('expected');
        }),
      ).toThrow('expected');

      expect(target.messages).toEqual([]);
    });
  });

  describe('slowMs', () => {
    it('dumps a scope while it runs and passes what follows', async () => {
      const { run, log, target } = bound();
      await run({ slowMs: 10 }, async () => {
        log.debug('context');
        await until(() => target.messages.length > 0);
        log.debug('after');
      });

      expect(target.messages).toEqual(['context', 'after']);
      expect(reasons(target.records)).toEqual(['slow', undefined]);
    });

    it('leaves a scope alone that ends in time', () => {
      const { run, log, target } = bound();
      run({ slowMs: 60_000 }, () => log.debug('context'));

      expect(target.messages).toEqual([]);
    });
  });

  describe('sample', () => {
    const low = '4bf92f3577b34da6a3ce929d00000000';
    const high = '4bf92f3577b34da6a3ce929dffffffff';

    it('dumps the successes whose trace id says so', () => {
      const { run, log, target } = bound();
      run({ sample: 0.5, fields: { traceId: low } }, () => log.debug('low'));
      run({ sample: 0.5, fields: { traceId: high } }, () => log.debug('high'));

      expect(target.messages).toEqual(['low']);
      expect(reasons(target.records)).toEqual(['sampled']);
    });
  });

  describe('configure', () => {
    it('takes over the options of a route', () => {
      const { tree, target } = bound();
      const scope = tree.open();
      scope.configure({ flushLevel: 'WARNING' });
      contextStorage.run(scope, () => {
        tree.log.debug('context');
        tree.log.warning('trigger');
      });

      expect(target.messages).toEqual(['context', 'trigger']);
    });

    it('throws away what is held and holds nothing more when opted out', () => {
      const { tree, target } = bound();
      const scope = tree.open();
      contextStorage.run(scope, () => {
        tree.log.debug('before');
        scope.configure(false);
        tree.log.debug('after');
        tree.log.info('passes');
        tree.log.error('no trigger');
      });
      scope.settle({ status: 500 });

      expect(target.messages).toEqual(['passes', 'no trigger']);
    });

    it('dumps undecorated work only with routes all', () => {
      const { tree, target } = bound();
      const undecorated = tree.open({ routes: 'decorated' }, { kind: 'http' });
      const decorated = tree.open({ routes: 'decorated' }, { kind: 'http' });
      decorated.configure({});
      for (const [scope, message] of [
        [undecorated, 'undecorated'],
        [decorated, 'decorated'],
      ] as const) {
        contextStorage.run(scope, () => tree.log.debug(message));
        scope.settle({ status: 500 });
      }

      expect(target.messages).toEqual(['decorated']);
    });

    it.each<[string, (scope: LogScope) => unknown]>([
      ['that is slow', () => wait(20)],
      ['that fails after its end', (scope) => (scope.settle(), scope.fail(new Error('late')))],
      ['with a rejection that the process survives', (scope) => scope.crash(new Error('floating'), false)],
    ])('leaves undecorated work alone %s, with routes decorated', async (_what, happens) => {
      const { tree, target } = bound();
      const scope = tree.open({ routes: 'decorated', slowMs: 5 }, { kind: 'http' });
      contextStorage.run(scope, () => tree.log.debug('held'));
      await happens(scope);
      scope.settle();

      expect(target.messages).toEqual([]);
    });

    it('writes undecorated work that ends the process, with routes decorated', () => {
      const { tree, target } = bound();
      const scope = tree.open({ routes: 'decorated' }, { kind: 'http' });
      contextStorage.run(scope, () => tree.log.debug('held'));
      scope.crash(new Error('boom'), true);

      expect(target.messages).toEqual(['held', 'http failed']);
      scope.settle();
    });

    it('applies a smaller capacity to what is already held', () => {
      const { tree, target } = bound();
      const scope = tree.open();
      contextStorage.run(scope, () => {
        for (let i = 1; i <= 10; i++) tree.log.debug(`early ${i}`);
        scope.configure({ capacity: 2, keepFirst: 1 });
        tree.log.debug('newest');
      });
      scope.dump('manual');

      expect(target.messages).toEqual([
        'early 1',
        '9 records are missing here: the scope was full',
        'newest',
      ]);
    });
  });

  describe('force', () => {
    it('writes what is held and everything from then on', () => {
      const { tree, target } = bound();
      const scope = tree.open();
      contextStorage.run(scope, () => {
        tree.log.debug('before');
        scope.force('forced');
        tree.log.debug('after');
      });

      expect(target.messages).toEqual(['before', 'after']);
      expect(reasons(target.records)).toEqual(['forced', undefined]);
    });

    it("holds nothing with afterFlush 'rearm' either", () => {
      const { tree, target } = bound();
      const scope = tree.open({ afterFlush: 'rearm' });
      scope.force('forced');
      contextStorage.run(scope, () => tree.log.debug('after'));

      expect(target.messages).toEqual(['after']);
    });
  });

  describe('after the end', () => {
    it('writes what is held when an Error is logged late', () => {
      const { run, log, target, tree } = bound();
      const scope = run({}, () => {
        log.debug('context');
        return currentScope();
      });
      contextStorage.run(scope, () => log.error('late'));

      expect(target.messages).toEqual(['context', 'late']);
      expect(tree.target.records[0]?.hindsight?.reason).toBe('level ERROR');
    });

    it('writes what is held when an Error is reported late, with the Error', () => {
      const { run, log, target } = bound();
      const scope = run({}, () => {
        log.debug('context');
        return currentScope();
      });
      scope?.fail(new Error('floating'));

      expect(target.messages).toEqual(['context', 'call failed']);
      expect(reasons(target.records)).toEqual(['late error', undefined]);
    });

    it('judges a late Error by itself and not by the client error before it', () => {
      const { tree, target } = bound();
      const scope = tree.open();
      contextStorage.run(scope, () => tree.log.debug('context'));
      scope.fail(Object.assign(new Error('not found'), { status: 404 }));
      scope.settle({ status: 404 });
      scope.fail(new Error('late and real'));

      expect(target.messages).toEqual(['context', 'call failed']);
    });

    it('passes late records of a dumped scope through', () => {
      const { tree, target } = bound();
      const scope = tree.open();
      scope.fail(new Error('boom'));
      scope.settle();
      contextStorage.run(scope, () => tree.log.debug('late'));

      expect(target.messages).toEqual(['call failed', 'late']);
    });

    it('treats records after the linger as outside any scope', async () => {
      const { tree, target } = bound();
      const scope = tree.open({ lingerMs: 5 });
      contextStorage.run(scope, () => tree.log.debug('context'));
      scope.settle();
      await until(() => scope.held === 0);
      contextStorage.run(scope, () => {
        tree.log.debug('dropped');
        tree.log.info('written');
        tree.log.error('no dump');
      });

      expect(target.messages).toEqual(['written', 'no dump']);
    });

    it('keeps nothing with lingerMs 0', () => {
      const { tree, target } = bound();
      const scope = tree.open({ lingerMs: 0 });
      contextStorage.run(scope, () => tree.log.debug('context'));
      scope.settle();

      expect(scope.held).toBe(0);
      contextStorage.run(scope, () => tree.log.error('late'));
      expect(target.messages).toEqual(['late']);
    });

    it('writes late records of a success that held everything when its linger ends', () => {
      const { tree, target } = bound();
      target.setLevel('INFO');
      const scope = tree.open({ passThroughLevel: null });
      scope.settle();
      contextStorage.run(scope, () => {
        tree.log.debug('low');
        tree.log.info('late');
      });
      scope.expire();

      expect(target.messages).toEqual(['late']);
    });
  });

  describe('inside another scope', () => {
    it('hands its records to the outer one when it succeeds', () => {
      const { run, log, target } = bound();
      expect(() =>
        run({}, () => {
          log.debug('outer');
          run({}, () => log.debug('inner'));
          throw new Error('boom');
        }),
      ).toThrow('boom');

      expect(target.messages).toEqual(['outer', 'inner', 'call failed']);
      expect(target.records.map(({ seq }) => seq)).toEqual([1, 2, 3]);
    });

    it('hands everything to an outer one that holds everything too', () => {
      const { run, log, target } = bound();
      target.setLevel('INFO');
      const work = (fail: boolean): void => {
        run({ passThroughLevel: null }, () => {
          log.debug('outer');
          run({ passThroughLevel: null }, () => {
            log.debug('inner');
            log.info('noted');
          });
          if (fail) throw new Error('boom');
        });
      };

      work(false);
      expect(target.messages).toEqual(['noted']);
      target.clear();
      expect(() => work(true)).toThrow('boom');

      expect(target.messages).toEqual(['outer', 'inner', 'noted', 'call failed']);
    });

    it("drops them with nested 'discard'", () => {
      const { run, log, target } = bound();
      expect(() =>
        run({}, () => {
          run({ nested: 'discard' }, () => log.debug('inner'));
          throw new Error('boom');
        }),
      ).toThrow('boom');

      expect(target.messages).toEqual(['call failed']);
    });

    it('dumps itself, once, when it fails; the outer one follows only if it fails', () => {
      const { run, log, target } = bound();
      run({}, () => {
        log.debug('outer');
        expect(() =>
          run({}, () => {
            log.debug('inner');
            throw new Error('caught');
          }),
        ).toThrow('caught');
      });

      expect(target.messages).toEqual(['inner', 'call failed']);
    });

    it('writes an Error on its way out once', () => {
      const { run, log, target } = bound();
      expect(() =>
        run({}, () => {
          log.debug('outer');
          run({}, () => {
            log.debug('inner');
            throw new Error('boom');
          });
        }),
      ).toThrow('boom');

      expect(target.messages).toEqual(['inner', 'call failed', 'outer']);
    });

    it('keeps its own fields on the records it hands over, with those of the outer one', () => {
      const { run, log, target } = bound();
      expect(() =>
        run({ fields: { requestId: 'r-1' } }, () => {
          run({ fields: { orderId: 7 } }, () => log.debug('inner'));
          throw new Error('boom');
        }),
      ).toThrow('boom');

      expect(target.records[0]?.context?.fields).toEqual({ requestId: 'r-1', orderId: 7 });
    });

    it('has the fields of the outer one', () => {
      const { run, log, target } = bound();
      run({ fields: { requestId: 'r-1' } }, () => run({}, () => log.info('inner')));

      expect(target.records[0]?.context?.fields).toEqual({ requestId: 'r-1' });
    });

    it('passes through when the outer one does', () => {
      const { run, log, target } = bound();
      run({}, () => {
        log.error('trigger');
        run({}, () => log.debug('inner'));
      });

      expect(target.messages).toEqual(['trigger', 'inner']);
    });

    it('marks what it had held when the outer one was dumped meanwhile', () => {
      const { tree, run, log, target } = bound();
      run({}, () => {
        const outer = currentScope();
        run({}, () => {
          log.debug('inner');
          contextStorage.run(outer, () => log.error('outer fails'));
        });
      });

      expect(target.messages).toEqual(['outer fails', 'inner']);
      expect(tree.target.records[1]?.hindsight).toBeDefined();
    });

    it('does not let an ERROR that was excused inside dump the outer one', () => {
      const { run, log, target } = bound();
      run({}, () => {
        log.debug('outer');
        run({ excludeErrors: [TypeError], passThroughLevel: null }, () => log.error('held, then written'));
      });

      expect(target.messages).not.toContain('outer');
    });

    it('outlives the outer one without losing its records to a failure of its own', async () => {
      const { run, log, target } = bound();
      let inner: Promise<void> | undefined;
      run({}, () => {
        inner = run({}, async () => {
          log.debug('inner');
          await Promise.resolve();
          throw new Error('floating');
        });
      });
      await expect(inner).rejects.toThrow('floating');

      expect(target.messages).toEqual(['inner', 'call failed']);
    });

    it('hands over what it logs after its end, while the outer one is open', () => {
      const { run, log, target } = bound();
      expect(() =>
        run({}, () => {
          const inner = run({}, () => currentScope());
          contextStorage.run(inner, () => log.debug('floating'));
          throw new Error('boom');
        }),
      ).toThrow('boom');

      expect(target.messages).toEqual(['floating', 'call failed']);
    });

    it('does not mix calls that run at the same time', async () => {
      const { run, log, target } = bound();
      const call = async (name: string, fails: boolean): Promise<void> =>
        run({}, async () => {
          log.debug(`${name} 1`);
          await Promise.resolve();
          log.debug(`${name} 2`);
          if (fails) throw new Error(name);
        });

      await Promise.allSettled([call('a', false), call('b', true), call('c', false)]);

      expect(target.messages).toEqual(['b 1', 'b 2', 'call failed']);
    });
  });

  describe('with two targets', () => {
    it('writes every record to both, and counts both', () => {
      const { tree, run, log, target } = bound();
      const second = new CollectingHandler();
      tree.addTarget(second);
      run({}, () => {
        log.debug('context');
        log.error('trigger');
      });

      expect(second.messages).toEqual(target.messages);
      expect(second.messages).toEqual(['context', 'trigger']);
    });

    it('cuts a long message once', () => {
      const { tree, run, log, target } = bound();
      const second = new CollectingHandler();
      tree.addTarget(second);
      run({ maxRecordBytes: 10 }, () => {
        log.debug('x'.repeat(100));
        log.error('trigger');
      });

      expect(target.messages[0]).toBe(`${'x'.repeat(10)}… [90 more characters cut]`);
      expect(second.messages[0]).toBe(target.messages[0]);
    });

    it('copies the arguments of a record that reaches the second only', () => {
      const { tree, run, log } = bound();
      const other = tree.manager.getLogger('audit');
      const audit = new CollectingHandler();
      other.propagate = false;
      other.addHandler(new HindsightHandler(audit));
      const order = { id: 1 };
      run({}, () => {
        log.debug('first target');
        other.debug('%j', order);
        order.id = 2;
        log.error('trigger');
      });

      expect(audit.messages).toEqual(['{"id":1}']);
    });
  });

  it('counts every record as passed, dumped, dropped or held', () => {
    const before = stats().records;
    const { tree, target } = bound();
    target.setLevel('WARNING');
    let logged = 0;
    for (let i = 0; i < 40; i++) {
      const scope = tree.open({ capacity: 4, lingerMs: i % 2 === 0 ? 0 : 1000 });
      contextStorage.run(scope, () => {
        for (const level of [DEBUG, 20, DEBUG, 30, DEBUG, DEBUG, DEBUG, i % 3 === 0 ? ERROR : DEBUG, DEBUG]) {
          tree.log.log(level, 'record');
          logged++;
        }
      });
      if (i % 5 !== 0) scope.settle();
    }

    const { passed, dumped, dropped, held } = stats().records;
    const now = passed + dumped + dropped + held;
    expect(now - (before.passed + before.dumped + before.dropped + before.held)).toBe(logged);
  });

  it('counts every scope as settled or live', () => {
    const { tree } = bound();
    const before = stats().scopes;
    const scopes = Array.from({ length: 5 }, () => tree.open());
    for (const scope of scopes.slice(2)) scope.settle();

    const { opened, settled, live } = stats().scopes;
    expect(opened).toBe(settled + live);
    expect(live - before.live).toBe(2);
  });
});

/** A tree with its parts as locals. */
function bound(clock?: ManualClock): {
  tree: ReturnType<typeof scopeTree>;
  run: ReturnType<typeof scopeTree>['run'];
  log: ReturnType<typeof scopeTree>['log'];
  target: CollectingHandler;
} {
  const tree = scopeTree(clock === undefined ? {} : { clock });
  return { tree, log: tree.log, target: tree.target, run: (options, work) => tree.run(options, work) };
}
