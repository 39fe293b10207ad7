/** The record in front of a dump. */
import { describe, expect, it } from 'vitest';
import { JsonFormatter, PrettyFormatter } from '../../lib/formatters';
import { getLogger } from '../../lib/logging';
import { logIfErrors } from '../../lib/scope/log-if-errors';
import { CollectingHandler, ManualClock } from '../../lib/testing';
import { scopeTree, type ScopeTree } from './scope-tree';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const ON = { dumpRecord: true };

function failing(tree: ScopeTree, error: unknown, work: () => void): void {
  const scope = tree.open(ON);
  tree.runIn(scope, work);
  scope.fail(error);
  scope.settle();
}

describe('The record in front of a dump', () => {
  it('says what was done, for how long, the Error with its cause, the counts and the ids', () => {
    const clock = new ManualClock(1000);
    const tree = scopeTree({ clock });
    const error = new TypeError('no stock', { cause: new Error('db down') });
    const fields = { requestId: 'r-1', traceId: TRACE };
    const scope = tree.open({ ...ON, capacity: 2 }, { fields, title: () => 'POST /orders' });
    tree.runIn(scope, () => {
      for (const text of ['one', 'two', 'three']) tree.log.debug(text);
      clock.advance(12);
      scope.fail(error);
    });
    scope.settle({ status: 500 });

    expect(tree.messages[0]).toBe(
      `POST /orders after 12 ms: TypeError: no stock: Error: db down; 2 held, 1 missing, request r-1, trace ${TRACE}`,
    );
    const [heading] = tree.target.records;
    expect([heading?.levelname, heading?.name, heading?.ids]).toEqual(['INFO', 'nestjs-hindsight', fields]);
    expect(heading?.hindsight).toEqual({
      scope: scope.id,
      reason: 'error',
      dump: {
        title: 'POST /orders',
        durationMs: 12,
        error: 'TypeError: no stock: Error: db down',
        records: 2,
        missing: 1,
      },
    });
  });

  it('has the time of the first record, so that it stays in front where records are sorted', () => {
    const clock = new ManualClock(5000);
    const tree = scopeTree({ clock });
    failing(tree, new Error('boom'), () => {
      tree.log.debug('one');
      clock.advance(70);
    });

    expect(tree.target.records.map(({ created }) => created)).toEqual([5, 5, 5.07]);
  });

  it.each([
    ['the reason, where there is no Error', undefined, 'level ERROR'],
    [
      'the Error of the record that was the trigger',
      new RangeError('too far'),
      'level ERROR: RangeError: too far',
    ],
  ])('says %s', (_, error, said) => {
    const tree = scopeTree({ clock: new ManualClock(0) });
    tree.run(ON, () => {
      tree.log.debug('context');
      tree.log.error('trigger', ...(error === undefined ? [] : [error]));
    });

    expect(tree.messages).toEqual([`call after 0 ms: ${said}; 1 held`, 'context', 'trigger']);
  });

  it('stands once in front of each dump of a scope that holds again', () => {
    const tree = scopeTree({ clock: new ManualClock(0) });
    tree.run({ ...ON, afterFlush: 'rearm' }, () => {
      for (const text of ['a', 'b']) {
        tree.log.debug(text);
        tree.log.error('trigger');
      }
    });

    const heading = 'call after 0 ms: level ERROR; 1 held';
    expect(tree.messages).toEqual([heading, 'a', 'trigger', heading, 'b', 'trigger']);
  });

  it('is not there where nothing was held, nor with dumpRecord: false', () => {
    const tree = scopeTree();
    failing(tree, new Error('boom'), () => {});
    tree.run({ dumpRecord: false }, () => {
      tree.log.debug('context');
      tree.log.error('trigger');
    });

    expect(tree.messages).toEqual(['call failed', 'context', 'trigger']);
  });

  it('is not there with logIfErrors(), as in the cookbook, unless it is asked for', () => {
    for (const [options, lines] of [
      [{}, 2],
      [{ dumpRecord: true }, 3],
    ] as const) {
      const target = new CollectingHandler();
      const work = logIfErrors(getLogger(`cookbook.${lines}`), { target, ...options });
      expect(
        work(() => {
          getLogger(`cookbook.${lines}`).warning('context');
          throw new Error('boom');
        }),
      ).toThrow('boom');
      expect(target.records).toHaveLength(lines);
    }
  });

  it('is written to each target, counting what is held for it, and counts as no record of the scope', () => {
    const tree = scopeTree();
    const second = new CollectingHandler();
    const handler = tree.addTarget(second);
    const scope = tree.open(ON);
    tree.runIn(scope, () => {
      tree.log.debug('both');
      tree.manager.root.removeHandler(handler);
      tree.log.debug('one');
      scope.dump('manual');
    });

    expect(tree.messages).toEqual([expect.stringMatching(/manual; 2 held$/), 'both', 'one']);
    expect(second.messages).toEqual([expect.stringMatching(/manual; 1 held$/), 'both']);
    expect(tree.target.records.map(({ seq }) => seq)).toEqual([0, 1, 2]);
  });

  it.each([
    ['a thrown string', 'gone', 'gone'],
    ['a value that cannot be printed', Object.create(null), 'an error that cannot be printed'],
  ])('survives %s', (_, error, said) => {
    const tree = scopeTree({ clock: new ManualClock(0) });
    failing(tree, error, () => tree.log.debug('context'));

    expect(tree.messages.slice(0, 2)).toEqual([`call after 0 ms: ${said}; 1 held`, 'context']);
  });

  it('is cut to maxRecordBytes', () => {
    const tree = scopeTree();
    tree.run({ ...ON, maxRecordBytes: 100 }, () => {
      tree.log.debug('context');
      tree.log.error('trigger', new Error('x'.repeat(1000)));
    });

    expect(tree.messages[0]).toMatch(/^call after .*x{50}.*more characters cut\]$/);
  });

  it('says in pretty lines why the story is shown, and in JSON as data', () => {
    const tree = scopeTree({ clock: new ManualClock(0) });
    failing(tree, new Error('boom'), () => tree.log.debug('context'));
    const pretty = new PrettyFormatter({ colors: false, timeFormat: 'T' });
    const json = new JsonFormatter();
    const [heading, context] = tree.target.records.map((record) => pretty.format(record));

    expect(heading).toBe('┆ T.000 INFO     nestjs-hindsight call after 0 ms: Error: boom; 1 held');
    expect(context).toBe('┆ T.000 DEBUG    shop context');
    expect(tree.target.records.map((record) => JSON.parse(json.format(record)).hindsight?.dump)).toEqual([
      { title: 'call', durationMs: 0, error: 'Error: boom', records: 1, missing: 0 },
      undefined,
      undefined,
    ]);
  });
});
