/** The end of a scope: what is written when its work fails, and how its outcome is found. */
import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../lib/testing';
import { partsOfTree, reasons } from './scope-tree';

describe('A scope whose work fails', () => {
  it('writes the Error once, after what was held', () => {
    const { run, log, target } = partsOfTree();
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
    const { run, log, target } = partsOfTree();
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

  it('writes an Error once that was logged below the pass-through level', () => {
    const { run, log, target } = partsOfTree();
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
    const { run, target } = partsOfTree();
    await expect(run({}, () => Promise.reject(thrown))).rejects.toBe(thrown);

    expect(target.messages).toEqual(['call failed']);
    expect(target.records[0]?.excInfo).toBeDefined();
  });

  it('writes an Error once that failed several scopes inside one another', () => {
    const { tree, target } = partsOfTree();
    const outer = tree.open();
    const inner = tree.open({}, { parent: outer, title: 'inner' });
    const error = new Error('boom');
    for (const scope of [inner, inner, outer]) {
      scope.fail(error);
      scope.settle();
    }

    expect(target.messages).toEqual(['inner failed']);
    expect(target.records[0]?.excInfo).toBe(error);
  });

  it('does not write an Error again that was logged at INFO', () => {
    const { tree, target } = partsOfTree();
    const scope = tree.open();
    const error = new Error('logged');
    tree.runIn(scope, () => tree.log.info('told', error));
    scope.fail(error);
    scope.settle();

    expect(target.messages).toEqual(['told']);
    expect(scope.hasWritten(error)).toBe(true);
  });

  it('survives values and messages that cannot be printed, in the call and in the dump', () => {
    const { run, log, target } = partsOfTree();
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

describe('LogScope.settle', () => {
  it('counts the first call only', () => {
    const { tree, target } = partsOfTree();
    const scope = tree.open();
    tree.runIn(scope, () => tree.log.debug('context'));
    scope.settle();
    scope.settle({ status: 500 });

    expect(target.messages).toEqual([]);
    expect(scope.settled).toBe(true);
  });

  it('writes what was held for a status from 500', () => {
    const { tree, target } = partsOfTree();
    const scope = tree.open();
    tree.runIn(scope, () => tree.log.debug('context'));
    scope.settle({ status: 503 });

    expect(target.messages).toEqual(['context']);
    expect(reasons(target.records)).toEqual(['status 503']);
  });

  it('calls flushOn with what is known', () => {
    const { tree, target } = partsOfTree();
    const seen: unknown[] = [];
    const scope = tree.open({ flushOn: (outcome) => seen.push(outcome) > 0 });
    tree.runIn(scope, () => tree.log.debug('context'));
    scope.settle({ status: 204 });

    expect(seen).toMatchObject([
      { kind: 'call', status: 204, path: undefined, aborted: false, error: undefined },
    ]);
    expect(reasons(target.records)).toEqual(['flushOn']);
  });

  it('knows no negative duration, when the clock was set back', () => {
    const clock = new ManualClock();
    const durations: number[] = [];
    const { tree } = partsOfTree({ clock });
    const scope = tree.open({ flushOn: ({ durationMs }) => durations.push(durationMs) < 0 });
    clock.advance(-60_000);
    scope.settle();

    expect(durations).toEqual([0]);
  });
});
