/** What happens to the records of a scope: which are written at once, which are held, and which make the scope write all. */
import { describe, expect, it } from 'vitest';
import { ERROR } from '../../lib/core/level';
import type { Logger } from '../../lib/core/logger';
import { HindsightHandler } from '../../lib/scope/hindsight.handler';
import { CollectingHandler, ManualClock } from '../../lib/testing';
import { partsOfTree, reasons } from './scope-tree';

describe('A scope', () => {
  it('writes records at the pass-through level at once, and holds those below', () => {
    const { run, log, target } = partsOfTree();
    run({}, () => {
      log.debug('held');
      log.info('at once');
      expect(target.messages).toEqual(['at once']);
    });

    expect(target.messages).toEqual(['at once']);
  });

  it('holds everything with passThroughLevel null, and writes at the end what its target accepts', () => {
    const { run, log, target } = partsOfTree();
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
    const { run, log, target } = partsOfTree();
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

  it('applies the level of the target to what passes, and not to what is dumped', () => {
    const { run, log, target } = partsOfTree();
    target.setLevel(ERROR);
    run({}, () => {
      log.debug('context');
      log.info('below the target');
      log.error('failure');
    });

    expect(target.messages).toEqual(['context', 'failure']);
  });

  it('numbers every record of the scope', () => {
    const { run, log, target } = partsOfTree();
    run({}, () => {
      log.info('one');
      log.debug('two');
      log.error('three');
    });

    expect(target.records.map(({ seq }) => seq)).toEqual([1, 2, 3]);
  });
});

describe('A record at flushLevel', () => {
  it('writes what was held, and then itself', () => {
    const { run, log, target } = partsOfTree();
    run({}, () => {
      log.debug('first');
      log.debug('second');
      log.error('trigger');
    });

    expect(target.messages).toEqual(['first', 'second', 'trigger']);
    expect(reasons(target.records)).toEqual(['level ERROR', 'level ERROR', undefined]);
  });

  it.each<[string, (log: Logger, error: Error) => void]>([
    ['as its argument', (log, error) => log.error('trigger', error)],
    ['as its message', (log, error) => log.error(error)],
    ['in its fields', (log, error) => log.error('trigger', { err: error })],
    ['as excInfo', (log, error) => log.error('trigger', { excInfo: error })],
  ])('gives the reason "error" when it carries an Error %s', (_where, write) => {
    const { run, log, target } = partsOfTree();
    run({}, () => {
      log.debug('held');
      write(log, new Error('boom'));
    });

    expect(reasons(target.records)).toEqual(['error', undefined]);
  });

  it('gives the reason "error" when the scope knows of an Error already', () => {
    const { tree, target } = partsOfTree();
    const scope = tree.open();
    tree.runIn(scope, () => {
      tree.log.debug('held');
      scope.fail(new Error('boom'));
      tree.log.error('trigger');
    });

    expect(reasons(target.records)).toEqual(['error', undefined]);
    scope.settle();
  });

  it('writes what was held although it is held itself otherwise', () => {
    const { run, log, target } = partsOfTree();
    run({ passThroughLevel: 'CRITICAL' }, () => {
      log.info('held');
      log.error('trigger');
    });

    expect(target.messages).toEqual(['held', 'trigger']);
  });

  it('may have a higher level', () => {
    const { run, log, target } = partsOfTree();
    run({}, () => {
      log.debug('context');
      log.critical('trigger');
    });

    expect(target.messages).toEqual(['context', 'trigger']);
  });

  it('depends on the option flushLevel', () => {
    const { run, log, target } = partsOfTree();
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

  it('leaves the records their times', () => {
    const clock = new ManualClock(1_000_000);
    const { run, log, target } = partsOfTree({ clock });
    run({}, () => {
      log.debug('early');
      clock.advance(5000);
      log.error('late');
    });

    expect(target.records.map(({ created }) => created)).toEqual([1000, 1005]);
  });

  it('makes the rest of the scope pass through', () => {
    const { run, log, target, tree } = partsOfTree();
    run({}, () => {
      log.error('trigger');
      log.debug('after');
      tree.manager.getLogger('first.used.now').debug('other logger');
    });

    expect(target.messages).toEqual(['trigger', 'after', 'other logger']);
    expect(reasons(target.records)).toEqual([undefined, undefined, undefined]);
  });

  it("lets the scope hold again with afterFlush 'rearm', and nothing is written twice", () => {
    const { run, log, target } = partsOfTree();
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

describe('A scope with two targets', () => {
  it('writes every record to both, and counts both', () => {
    const { tree, run, log, target } = partsOfTree();
    const second = new CollectingHandler();
    tree.addTarget(second);
    run({}, () => {
      log.debug('context');
      log.error('trigger');
    });

    expect(second.messages).toEqual(target.messages);
    expect(second.messages).toEqual(['context', 'trigger']);
  });

  it('cuts a long message for both in the same way', () => {
    const { tree, run, log, target } = partsOfTree();
    const second = new CollectingHandler();
    tree.addTarget(second);
    run({ maxRecordBytes: 10 }, () => {
      log.debug('x'.repeat(100));
      log.error('trigger');
    });

    expect(target.messages[0]).toBe(`${'x'.repeat(10)}… [90 more characters cut]`);
    expect(second.messages[0]).toBe(target.messages[0]);
  });

  it('copies the arguments of a record for the second only', () => {
    const { tree, run, log } = partsOfTree();
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
