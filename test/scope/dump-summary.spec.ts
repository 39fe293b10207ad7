/** The `onDump` hook: what an application learns of a dump. */
import { describe, expect, it, onTestFinished } from 'vitest';
import { spans, type ActiveSpan } from '../../lib/core/active-span';
import { announceDump } from '../../lib/scope/dump-summary';
import type { DumpSummary } from '../../lib/scope/scope-outcome';
import { ManualClock } from '../../lib/testing';
import { capturedStderr } from '../support/captured-stderr';
import { scopeTree } from './scope-tree';

describe('announceDump', () => {
  it('tells what failed, why, with which ids, after how long, and how much was written', () => {
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

  it('says nothing of a success, or of a failure that a flood left out', () => {
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

  it('tells once of a failure whose ERROR record has written everything already', () => {
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

  it('reports a hook that throws, and the work goes on', () => {
    const stderr = capturedStderr();
    const onDump = (): never => {
      throw new Error('pager is down');
    };
    announceDump(scopeTree().open({ onDump }), { reason: 'manual', error: undefined }, 0);

    expect(stderr.text).toContain('"onDump" failed: Error: pager is down');
  });

  it('adds an event to the span in which the work began, as long as that takes any', () => {
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
});
