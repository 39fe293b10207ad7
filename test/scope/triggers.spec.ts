/** When work counts as failed. */
import { NotFoundException, UnauthorizedException } from '@nestjs/common';
import createError from 'http-errors';
import { describe, expect, it } from 'vitest';
import { compileScopeOptions, type LogScopeOptions } from '../../lib/scope/scope-options';
import type { ScopeOutcome } from '../../lib/scope/scope-outcome';
import { failedByDefault, failureReason, isSampled, isVetoed, type Refusing } from '../../lib/scope/triggers';

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

/** A request whose answer the application decided on. */
const answered: Refusing = { client: 'http', byFramework: false };

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
    expect(failedByDefault(outcome(fields), answered)).toBe(expected);
  });

  it.each<[string, unknown, boolean]>([
    ['a foreign Error', foreign, true],
    ['an Error of http-errors', createError(404), false],
    ['an HttpException', new NotFoundException(), false],
  ])('judges a 404 with which the framework itself answers %s', (_what, error, expected) => {
    const refusing: Refusing = { client: 'http', byFramework: true };

    expect(failedByDefault(outcome({ status: 404, error }), refusing)).toBe(expected);
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
  const options = compileScopeOptions({});
  const reasonOf = (fields: Partial<ScopeOutcome>, compiled = options): string | undefined =>
    failureReason({ outcome: outcome(fields), refusing: answered }, compiled);

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
