/** Whether work has failed, and why its records are written. */
import { NotFoundException, UnauthorizedException } from '@nestjs/common';
import createError from 'http-errors';
import { describe, expect, it } from 'vitest';
import { compileScopeOptions } from '../../lib/scope/compile-options';
import type { LogScopeOptions, ScopeOutcome } from '../../lib/scope/options';
import {
  Failure,
  failedByDefault,
  failureReason,
  isPlainSuccess,
  isSampled,
  isVetoed,
  isWithoutFailure,
  triggerReason,
  type Answering,
  type Settlement,
} from '../../lib/scope/outcome';

function outcome(fields: Partial<ScopeOutcome> = {}): ScopeOutcome {
  return {
    kind: 'http',
    status: 200,
    error: undefined,
    aborted: false,
    durationMs: 1,
    path: '/x',
    ...fields,
  };
}

function vetoed(options: LogScopeOptions, fields: Partial<ScopeOutcome>): boolean {
  return isVetoed(outcome(fields), compileScopeOptions(options));
}

const defaults = compileScopeOptions({});

/** A request whose answer the application decided on. */
const byApplication: Answering = { client: 'http', byFramework: false };

/** As what HTTP clients throw. */
const foreign = Object.assign(new Error('upstream answered 404'), { status: 404 });

describe('failedByDefault', () => {
  it.each<[string, Partial<ScopeOutcome>, boolean]>([
    ['a 200', {}, false],
    ['a 499', { status: 499 }, false],
    ['a 500', { status: 500 }, true],
    ['a 404 with its exception', { status: 404, error: new NotFoundException() }, false],
    ['a 500 with the exception of a 404', { status: 500, error: new NotFoundException() }, true],
    ['a 418 that the application answers to a plain Error', { status: 418, error: new Error('x') }, false],
    ['a 404 that it answers to a foreign Error', { status: 404, error: foreign }, false],
    ['a 200 in spite of an Error', { status: 200, error: new Error('x') }, true],
    ['a 302 in spite of a foreign Error', { status: 302, error: foreign }, true],
    ['a 302 to an exception that refuses', { status: 302, error: new UnauthorizedException() }, false],
    ['a cut 200 with an error', { status: undefined, aborted: true, error: new NotFoundException() }, true],
    ['an abort without an error', { status: undefined, aborted: true }, false],
    ['a call without an outcome', { kind: 'call', status: undefined }, false],
  ])('judges %s', (_what, fields, expected) => {
    expect(failedByDefault(outcome(fields), byApplication)).toBe(expected);
  });

  it.each<[string, unknown, boolean]>([
    ['a foreign Error', foreign, true],
    ['an Error of http-errors', createError(404), false],
    ['an HttpException', new NotFoundException(), false],
  ])('judges a 404 with which the framework itself answers %s', (_what, error, expected) => {
    const byFramework: Answering = { client: 'http', byFramework: true };

    expect(failedByDefault(outcome({ status: 404, error }), byFramework)).toBe(expected);
  });

  it.each<[ScopeOutcome['kind'], boolean]>([
    ['http', false],
    ['rpc', false],
    ['call', true],
  ])('judges an HttpException in a call for a client of kind %s', (client, expected) => {
    const call = outcome({ kind: 'call', status: undefined, error: new NotFoundException() });

    expect(failedByDefault(call, { client, byFramework: false })).toBe(expected);
  });
});

describe('failureReason', () => {
  const reasonOf = (fields: Partial<ScopeOutcome>, compiled = defaults): string | undefined =>
    failureReason({ outcome: outcome(fields), answering: byApplication }, compiled);

  it('names an error before the status', () => {
    expect(reasonOf({ status: 500, error: new Error('x') })).toBe('error');
    expect(reasonOf({ status: 503 })).toBe('status 503');
    expect(reasonOf({})).toBeUndefined();
  });

  it("asks the user's predicate in place of the default", () => {
    const slow = compileScopeOptions({ flushOn: ({ durationMs }) => durationMs > 100 });

    expect(reasonOf({ durationMs: 101 }, slow)).toBe('flushOn');
    expect(reasonOf({ status: 500 }, slow)).toBeUndefined();
  });

  it('falls back to the default when the predicate throws', () => {
    const broken = compileScopeOptions({
      flushOn: () => {
        throw new Error('predicate failed');
      },
    });

    expect(reasonOf({ status: 503 }, broken)).toBe('status 503');
    expect(reasonOf({}, broken)).toBeUndefined();
  });

  it('lets a veto win over the predicate', () => {
    const vetoing = compileScopeOptions({ flushOn: () => true, excludeStatus: [503] });

    expect(reasonOf({ status: 503 }, vetoing)).toBeUndefined();
    expect(reasonOf({ status: 200 }, vetoing)).toBe('flushOn');
  });
});

describe('isVetoed', () => {
  it('excludes a status everywhere, or on some paths', () => {
    expect(vetoed({ excludeStatus: [404] }, { status: 404 })).toBe(true);
    expect(vetoed({ excludeStatus: [404] }, { status: 405 })).toBe(false);
    expect(vetoed({ excludeStatus: [{ 400: [/^\/foo/] }] }, { status: 400, path: '/foo/1' })).toBe(true);
    expect(vetoed({ excludeStatus: [{ 400: [/^\/foo/] }] }, { status: 400, path: '/bar' })).toBe(false);
    expect(vetoed({ excludeStatus: [{ 400: ['/foo'] }] }, { status: 400, path: '/foobar' })).toBe(false);
    expect(vetoed({ excludeStatus: [{ 400: ['/foo'] }] }, { status: 400, path: '/FOO/?' })).toBe(true);
    expect(vetoed({ excludeStatus: [{ 400: ['/foo'], 404: ['/bar'] }] }, { status: 404, path: '/bar' })).toBe(
      true,
    );
  });

  it('excludes error classes with their subclasses', () => {
    expect(vetoed({ excludeErrors: [TypeError] }, { error: new TypeError('x') })).toBe(true);
    expect(vetoed({ excludeErrors: [TypeError] }, { error: new Error('x') })).toBe(false);
    expect(vetoed({ excludeErrors: [Error] }, { error: new RangeError('x') })).toBe(true);
  });

  it('vetoes nothing by default', () => {
    expect(vetoed({}, { status: 404, error: new Error('x') })).toBe(false);
  });
});

describe('isSampled', () => {
  const low = '4bf92f3577b34da6a3ce929d00000000';
  const high = '4bf92f3577b34da6a3ce929dffffffff';

  it('takes all at 1 and none at 0', () => {
    expect(isSampled(0, low)).toBe(false);
    expect(isSampled(1, high)).toBe(true);
  });

  it('decides by the last 32 bits of the trace id, the same every time', () => {
    expect(isSampled(0.5, low)).toBe(true);
    expect(isSampled(0.5, high)).toBe(false);
    expect(isSampled(0.5, '4bf92f3577b34da6a3ce929d80000000')).toBe(false);
    expect(isSampled(0.5, '4bf92f3577b34da6a3ce929d7fffffff')).toBe(true);
  });

  it('takes its share of work without a trace id', () => {
    const taken = Array.from({ length: 4000 }, () => isSampled(0.25, undefined)).filter(Boolean).length;

    expect(taken).toBeGreaterThan(800);
    expect(taken).toBeLessThan(1200);
  });
});

describe('triggerReason', () => {
  it('is the Error that the record tells of, or else the level of the record', () => {
    expect(triggerReason(40, new Error('x'))).toBe('error');
    expect(triggerReason(40, 'a thrown text')).toBe('error');
    expect(triggerReason(40, undefined)).toBe('level ERROR');
    expect(triggerReason(50, null)).toBe('level CRITICAL');
  });
});

describe('isPlainSuccess', () => {
  it.each<[string, Settlement, LogScopeOptions, boolean]>([
    ['a call', {}, {}, true],
    ['a 200', { status: 200 }, {}, true],
    ['a 499', { status: 499 }, {}, true],
    ['a 500', { status: 500 }, {}, false],
    ['a client that left', { aborted: true }, {}, false],
    ['a 200 that flushOn is asked about', { status: 200 }, { flushOn: () => true }, false],
    ['a 200 that may be excluded', { status: 200 }, { excludeStatus: [200] }, false],
    ['a 200 that may be sampled', { status: 200 }, { sample: 0.5 }, false],
  ])('judges %s', (_what, settlement, options, expected) => {
    expect(isPlainSuccess(settlement, compileScopeOptions(options))).toBe(expected);
  });
});

describe('isWithoutFailure', () => {
  it('tells the reasons of a success from those of a failure', () => {
    const reasons = [
      'sampled',
      'aborted',
      'slow',
      'manual',
      'forced',
      'error',
      'status 503',
      'crash',
      'flushOn',
    ];

    expect(reasons.filter(isWithoutFailure)).toEqual(['sampled', 'aborted', 'slow', 'manual', 'forced']);
  });
});

describe('Failure', () => {
  function conclude(
    fields: Partial<ScopeOutcome>,
    options: LogScopeOptions = {},
    failure = new Failure('http'),
  ) {
    const compiled = compileScopeOptions(options);
    failure.noteOutcome(outcome(fields), compiled, false);
    return failure.verdictOn(outcome(fields), compiled, undefined);
  }

  it('tells a failure from a success', () => {
    expect(conclude({ status: 500 })).toEqual({ reason: 'status 500', failed: true });
    expect(conclude({})).toBeUndefined();
  });

  it('tells a success whose records are wanted', () => {
    expect(conclude({}, { sample: 1 })).toEqual({ reason: 'sampled', failed: false });
    expect(conclude({ aborted: true, status: undefined }, { onAbort: 'dump' })).toEqual({
      reason: 'aborted',
      failed: false,
    });
  });

  it('samples by the trace id', () => {
    const sampling = compileScopeOptions({ sample: 0.5 });
    const verdicts = ['4bf92f3577b34da6a3ce929d00000000', '4bf92f3577b34da6a3ce929dffffffff'].map((traceId) =>
      new Failure('http').verdictOn(outcome(), sampling, traceId),
    );

    expect(verdicts).toEqual([{ reason: 'sampled', failed: false }, undefined]);
  });

  it('remembers a trigger that had to wait until a veto was excluded', () => {
    const [allowed, excluded] = [new Failure('http'), new Failure('http')];
    allowed.pending = excluded.pending = 'level ERROR';

    expect(conclude({}, { excludeStatus: [404] }, allowed)).toEqual({ reason: 'level ERROR', failed: false });
    expect(conclude({ status: 404 }, { excludeStatus: [404] }, excluded)).toBeUndefined();
  });

  it.each([
    ['an HttpException', new NotFoundException()],
    ['an Error of http-errors', createError(404)],
  ])('keeps the first Error, unless that one refuses the client: %s', (_what, notFound) => {
    const [broken, later] = [new Error('broken'), new Error('later')];
    const failure = new Failure('http');

    for (const error of [notFound, broken, later, notFound]) failure.note(error, false);

    expect(failure.error).toBe(broken);
  });

  it.each(['while it is noted', 'at the end'])(
    'blames a foreign Error that the framework has answered by itself, known %s',
    (known) => {
      const [byApplication, byFramework] = [new Failure('http'), new Failure('http')];
      const answer = outcome({ status: 404, error: foreign });
      byApplication.note(foreign, false);
      byFramework.note(foreign, known === 'while it is noted');
      byFramework.noteOutcome(answer, defaults, known === 'at the end');

      expect(byApplication.verdictOn(answer, defaults, undefined)).toBeUndefined();
      expect(byFramework.verdictOn(answer, defaults, undefined)).toEqual({ reason: 'error', failed: true });
    },
  );

  it('finds no fault in an Error that only refuses the client', () => {
    const [refused, broken] = [new Failure('http'), new Failure('http')];
    refused.note(new NotFoundException(), false);
    const error = new Error('broken');
    broken.note(error, false);

    expect([refused.fault, broken.fault]).toEqual([undefined, error]);
  });

  it('does not fail late by an Error that was answered before', () => {
    const error = new Error('no such order');
    const failure = new Failure('http');
    failure.note(error, false);
    conclude({ status: 404, error }, {}, failure);
    const late = (again: unknown) => outcome({ status: undefined, error: again });

    expect(failure.failsLate(late(error), defaults)).toBe(false);
    expect(failure.failsLate(late(new Error('another')), defaults)).toBe(true);
  });

  it('does not fail late after a veto', () => {
    const vetoing = compileScopeOptions({ excludeStatus: [418] });
    const failure = new Failure('http');
    failure.noteOutcome(outcome({ status: 418 }), vetoing, false);

    expect(failure.isVetoed).toBe(true);
    expect(failure.failsLate(outcome({ status: undefined, error: new Error('x') }), vetoing)).toBe(false);
  });
});
