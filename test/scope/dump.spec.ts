/** A dump: the record in front of it, and who is told of it. */
import { describe, expect, it, onTestFinished } from 'vitest';
import { spans, type ActiveSpan } from '../../lib/core/active-span';
import { JsonFormatter, PrettyFormatter } from '../../lib/formatters';
import { getLogger } from '../../lib/logging';
import { announceDump } from '../../lib/scope/dump';
import { logIfErrors } from '../../lib/scope/log-if-errors';
import type { DumpSummary } from '../../lib/scope/options';
import { CollectingHandler, ManualClock } from '../../lib/testing';
import { capturedStderr } from '../support/captured-stderr';
import { scopeTree, type ScopeTree } from './scope-tree';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const ON = { dumpRecord: true };

function failing(tree: ScopeTree, error: unknown, work: () => void): void {
  const scope = tree.open(ON);
  tree.runIn(scope, work);
  scope.fail(error);
  scope.settle();
}

describe('the record in front of a dump', () => {
  it('says what was done, how long it took, why it failed, how much was held, and the ids', () => {
    const clock = new ManualClock(1000);
    const tree = scopeTree({ clock });
    const error = new TypeError('no stock', { cause: new Error('db down') });
    const fields = { requestId: 'r-1', traceId: TRACE };
    const scope = tree.open({ ...ON, capacity: 2 }, { fields, title: 'POST /orders' });
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

  it('has the time of the first record, so that sorted records keep it in front', () => {
    const clock = new ManualClock(5000);
    const tree = scopeTree({ clock });
    failing(tree, new Error('boom'), () => {
      tree.log.debug('one');
      clock.advance(70);
    });

    expect(tree.target.records.map(({ created }) => created)).toEqual([5, 5, 5.07]);
  });

  it.each([
    ['the level of the record that was the trigger, where there is no Error', undefined, 'level ERROR'],
    ['the Error of the record that was the trigger', new RangeError('too far'), 'RangeError: too far'],
  ])('says %s', (_, error, said) => {
    const tree = scopeTree({ clock: new ManualClock(0) });
    tree.run(ON, () => {
      tree.log.debug('context');
      tree.log.error('trigger', ...(error === undefined ? [] : [error]));
    });

    expect(tree.messages).toEqual([`call after 0 ms: ${said}; 1 held`, 'context', 'trigger']);
  });

  it('comes before each dump of a scope that holds again', () => {
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

  it('is left out where nothing was held, and with dumpRecord: false', () => {
    const tree = scopeTree();
    failing(tree, new Error('boom'), () => {});
    tree.run({ dumpRecord: false }, () => {
      tree.log.debug('context');
      tree.log.error('trigger');
    });

    expect(tree.messages).toEqual(['call failed', 'context', 'trigger']);
  });

  it('is left out by logIfErrors(), as in the cookbook, unless it is asked for', () => {
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

  it('counts what is held for its target, and is no record of the scope itself', () => {
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

  it('is a line of text for PrettyFormatter and data for JsonFormatter', () => {
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

describe('announceDump', () => {
  it('calls onDump with what failed, why, the ids, how long it took, and how much was written', () => {
    const clock = new ManualClock(1000);
    const tree = scopeTree({ clock });
    const told: DumpSummary[] = [];
    const error = new Error('boom');
    expect(() =>
      tree.run({ fields: { requestId: 'r-1' }, onDump: (summary) => void told.push(summary) }, () => {
        tree.log.debug('one');
        tree.log.debug('two');
        clock.advance(25);
        throw error;
      }),
    ).toThrow(error);

    expect(told).toEqual([
      {
        kind: 'call',
        title: 'call',
        reason: 'error',
        error,
        scope: tree.target.records[0]?.hindsight?.scope,
        fields: { requestId: 'r-1' },
        durationMs: 25,
        records: 2,
      },
    ]);
  });

  it('does not call it for a success, or for a failure that was only counted', () => {
    const tree = scopeTree();
    let dumps = 0;
    const options = { maxDumpsPerSecond: 1, onDump: () => void dumps++ };
    tree.run(options, () => tree.log.debug('held'));
    for (let i = 0; i < 5; i++) {
      expect(() =>
        tree.run(options, () => {
          throw new Error('boom');
        }),
      ).toThrow('boom');
    }

    expect(dumps).toBe(1);
  });

  it('calls it once for a failure whose ERROR record has written everything already', () => {
    const tree = scopeTree();
    const reasons: string[] = [];
    expect(() =>
      tree.run({ onDump: ({ reason, records }) => void reasons.push(`${reason} ${records}`) }, () => {
        tree.log.debug('held');
        tree.log.error('cannot reach the stock');
        throw new Error('boom');
      }),
    ).toThrow('boom');

    expect(reasons).toEqual(['level ERROR 1']);
  });

  it('reports an onDump that throws, and goes on', () => {
    const stderr = capturedStderr();
    const onDump = (): never => {
      throw new Error('pager is down');
    };
    announceDump(scopeTree().open({ onDump }), { reason: 'manual', error: undefined }, 0);

    expect(stderr.text).toContain('"onDump" failed: Error: pager is down');
  });

  it('adds an event to the span in which the work began, while that span is recording', () => {
    const events: unknown[] = [];
    let isRecording = true;
    const span: ActiveSpan = {
      spanContext: () => ({ traceId: 'a'.repeat(32), spanId: 'b'.repeat(16) }),
      isRecording: () => isRecording,
      addEvent: (name, attributes) => events.push([name, attributes]),
    };
    const { read } = spans;
    onTestFinished(() => {
      spans.read = read;
    });
    spans.read = () => span;
    const scope = scopeTree().open({});
    spans.read = () => undefined;

    announceDump(scope, { reason: 'slow', error: undefined }, 3);
    isRecording = false;
    announceDump(scope, { reason: 'error', error: undefined }, 4);

    expect(events).toEqual([['log.dump', { reason: 'slow', scope: scope.id, records: 3 }]]);
  });

  it('does not call onDump for a dump that onDump itself causes', () => {
    const tree = scopeTree();
    let dumps = 0;
    const options = {
      onDump: () => {
        dumps++;
        tree.run(options, () => tree.log.error('from onDump'));
      },
    };
    tree.run(options, () => tree.log.error('trigger'));

    expect(dumps).toBe(1);
    expect(tree.messages).toEqual(['from onDump', 'trigger']);
  });
});
