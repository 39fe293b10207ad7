import { NotFoundException } from '@nestjs/common';
import createError from 'http-errors';
import { describe, expect, it } from 'vitest';
import { compileScopeOptions } from '../../lib/scope/scope-options';
import { outcomeOf, ScopeVerdict } from '../../lib/scope/scope-verdict';
import { ManualClock } from '../../lib/testing';

const options = compileScopeOptions({});
const tree = { clock: new ManualClock(5000) };

const verdictOf = (routes: 'all' | 'decorated' = 'all') =>
  new ScopeVerdict({ kind: 'http', options: { routes } }, 'http');

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
    expect(verdictOf().conclude(ended(500), options, undefined)).toEqual({
      reason: 'status 500',
      failed: true,
    });
    expect(verdictOf().conclude(ended(200), options, undefined)).toBeUndefined();
  });

  it('tells a success whose records are wanted', () => {
    const sampling = compileScopeOptions({ sample: 1 });

    expect(verdictOf().conclude(ended(200), sampling, undefined)).toEqual({
      reason: 'sampled',
      failed: false,
    });
  });

  it.each([
    ['an HttpException', new NotFoundException()],
    ['an Error of http-errors', createError(404)],
  ])('keeps the first Error, unless that one refuses the client: %s', (_what, notFound) => {
    const [broken, later] = [new Error('broken'), new Error('later')];
    const verdict = verdictOf();

    for (const error of [notFound, broken, later, notFound]) verdict.note(error);

    expect(verdict.error).toBe(broken);
  });

  it('takes the answer to an Error for that of the framework only where the framework told so', () => {
    const error = Object.assign(new Error('upstream'), { status: 404 });
    const [byApplication, byFramework] = [verdictOf(), verdictOf()];
    byApplication.note(error);
    byFramework.note(error);
    byFramework.note(error, true);

    expect(byApplication.conclude(ended(404, error), options, undefined)).toBeUndefined();
    expect(byFramework.conclude(ended(404, error), options, undefined)).toEqual({
      reason: 'error',
      failed: true,
    });
  });

  it('does not fail late by an Error that was answered, when it is told again', () => {
    const error = new Error('no such order');
    const verdict = verdictOf();
    verdict.note(error);
    verdict.conclude(ended(404, error), options, undefined);
    const late = (again: unknown) =>
      outcomeOf({ kind: 'http', error: again, startedAt: 5000, tree }, { status: undefined });

    expect(verdict.failsLate(late(error), options)).toBe(false);
    expect(verdict.failsLate(late(new Error('another')), options)).toBe(true);
  });

  it('says nothing unless it is armed', () => {
    const verdict = verdictOf('decorated');

    expect(verdict.allowsTrigger('level ERROR', false, options)).toBe(false);
    expect(verdict.conclude(ended(500), options, undefined)).toBeUndefined();
  });

  it('keeps a level waiting for the status where a veto is possible', () => {
    const vetoing = compileScopeOptions({ excludeStatus: [404] });
    const verdict = verdictOf();

    expect(verdict.allowsTrigger('level ERROR', false, vetoing)).toBe(false);
    expect(verdict.conclude(ended(200), vetoing, undefined)).toEqual({
      reason: 'level ERROR',
      failed: false,
    });
  });

  it('lets nothing late undo a veto', () => {
    const vetoing = compileScopeOptions({ excludeStatus: [418] });
    const verdict = verdictOf();
    verdict.conclude(ended(418), vetoing, undefined);

    expect(verdict.allowsTrigger('level ERROR', true, vetoing)).toBe(false);
    expect(verdict.failsLate(ended(500), vetoing)).toBe(false);
  });
});
