import { describe, expect, it } from 'vitest';
import { compileScopeOptions } from '../../lib/scope/scope-options';
import { outcomeOf, ScopeVerdict } from '../../lib/scope/scope-verdict';
import { ManualClock } from '../../lib/testing';

const options = compileScopeOptions({});
const tree = { clock: new ManualClock(5000) };

describe('outcomeOf', () => {
  it('holds what is known of the work, and how long it took', () => {
    const outcome = outcomeOf(
      { kind: 'http', error: 'no', startedAt: 4000, tree },
      { status: 200, path: '/' },
    );

    expect(outcome).toEqual({
      kind: 'http',
      status: 200,
      error: 'no',
      aborted: false,
      durationMs: 1000,
      path: '/',
    });
  });

  it('makes no negative duration of a clock that was set back', () => {
    expect(outcomeOf({ kind: 'call', error: undefined, startedAt: 9000, tree }, {}).durationMs).toBe(0);
  });
});

describe('ScopeVerdict', () => {
  const ended = (status: number, error?: unknown) =>
    outcomeOf({ kind: 'http', error, startedAt: 5000, tree }, { status });

  it('tells a failure from a success', () => {
    expect(new ScopeVerdict(true).conclude(ended(500), options, undefined)).toEqual({
      reason: 'status 500',
      failed: true,
    });
    expect(new ScopeVerdict(true).conclude(ended(200), options, undefined)).toBeUndefined();
  });

  it('tells a success whose records are wanted', () => {
    const sampling = compileScopeOptions({ sample: 1 });

    expect(new ScopeVerdict(true).conclude(ended(200), sampling, undefined)).toEqual({
      reason: 'sampled',
      failed: false,
    });
  });

  it('keeps the first Error, unless that one was the fault of the client', () => {
    const [notFound, broken, later] = [{ status: 404 }, new Error('broken'), new Error('later')];
    const verdict = new ScopeVerdict(true);

    for (const error of [notFound, broken, later, notFound]) verdict.note(error, 'http');

    expect(verdict.error).toBe(broken);
  });

  it('says nothing unless it is armed', () => {
    const verdict = new ScopeVerdict(false);

    expect(verdict.allowsTrigger('level ERROR', false, options)).toBe(false);
    expect(verdict.conclude(ended(500), options, undefined)).toBeUndefined();
  });

  it('keeps a level waiting for the status where a veto is possible', () => {
    const vetoing = compileScopeOptions({ excludeStatus: [404] });
    const verdict = new ScopeVerdict(true);

    expect(verdict.allowsTrigger('level ERROR', false, vetoing)).toBe(false);
    expect(verdict.conclude(ended(200), vetoing, undefined)).toEqual({
      reason: 'level ERROR',
      failed: false,
    });
  });

  it('lets nothing late undo a veto', () => {
    const vetoing = compileScopeOptions({ excludeStatus: [418] });
    const verdict = new ScopeVerdict(true);
    verdict.conclude(ended(418), vetoing, undefined);

    expect(verdict.allowsTrigger('level ERROR', true, vetoing)).toBe(false);
    expect(verdict.failsLate(ended(500), vetoing)).toBe(false);
  });
});
