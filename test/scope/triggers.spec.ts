/** When work counts as failed. */
import { describe, expect, it } from 'vitest';
import { compileScopeOptions, type LogScopeOptions } from '../../lib/scope/scope-options';
import type { ScopeOutcome } from '../../lib/scope/scope-outcome';
import {
  failedByDefault,
  failureReason,
  isClientError,
  isClientsFault,
  isSampled,
  isVetoed,
  matchesAnyPath,
  statusOf,
} from '../../lib/scope/triggers';

class HttpError extends Error {
  readonly #status: number;

  constructor(status: number) {
    super(`status ${status}`);
    this.#status = status;
  }

  getStatus(): number {
    return this.#status;
  }
}

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

describe('statusOf', () => {
  it.each([
    ['an HttpException', new HttpError(418), 418],
    ['an error of http-errors', Object.assign(new Error('x'), { status: 413 }), 413],
    ['an error with statusCode only', Object.assign(new Error('x'), { statusCode: 400 }), 400],
    ['a plain Error', new Error('x'), undefined],
    ['a GraphQLError with a code', { extensions: { code: 'FORBIDDEN' } }, 403],
    ['a status that is no number', { status: '404' }, undefined],
    ['a string', 'boom', undefined],
    ['null', null, undefined],
  ])('reads %s', (_what, error, status) => {
    expect(statusOf(error)).toBe(status);
  });

  it('survives an error whose status throws', () => {
    const error = {
      get status(): number {
        throw new Error('no');
      },
    };

    expect(statusOf(error)).toBeUndefined();
  });
});

describe('isClientError', () => {
  it.each([
    [404, true],
    [499, true],
    [500, false],
    [302, true],
  ])('takes status %d for %s', (status, expected) => {
    expect(isClientError(new HttpError(status))).toBe(expected);
  });

  it('takes an Error without a status for a failure of ours', () => {
    expect(isClientError(new Error('x'))).toBe(false);
  });
});

describe('isClientsFault', () => {
  const refusal = { getError: () => 'not yours' };

  it.each([
    ['rpc', true],
    ['ws', true],
    ['http', false],
    ['call', false],
  ] as const)('takes the refusal of a handler in a scope of kind %s for %s', (kind, expected) => {
    expect(isClientsFault(refusal, kind)).toBe(expected);
    expect(isClientsFault(new HttpError(404), kind)).toBe(true);
    expect(isClientsFault(new HttpError(500), kind)).toBe(false);
  });
});

describe('failedByDefault', () => {
  it.each<[string, Partial<ScopeOutcome>, boolean]>([
    ['a 200', {}, false],
    ['a 499', { status: 499 }, false],
    ['a 500', { status: 500 }, true],
    ['a 404 with its exception', { status: 404, error: new HttpError(404) }, false],
    ['a 418 made of a plain Error', { status: 418, error: new Error('x') }, true],
    ['a cut 200 with an error', { status: undefined, aborted: true, error: new HttpError(400) }, true],
    ['an abort without an error', { status: undefined, aborted: true }, false],
    ['a call without an outcome', { kind: 'call', status: undefined }, false],
  ])('judges %s', (_what, fields, expected) => {
    expect(failedByDefault(outcome(fields))).toBe(expected);
  });
});

describe('failureReason', () => {
  const options = compileScopeOptions({});

  it('names an error before the status', () => {
    expect(failureReason(outcome({ status: 500, error: new Error('x') }), options)).toBe('error');
    expect(failureReason(outcome({ status: 503 }), options)).toBe('status 503');
    expect(failureReason(outcome(), options)).toBeUndefined();
  });

  it("asks the user's predicate in place of the default", () => {
    const slow = compileScopeOptions({ flushOn: ({ durationMs }) => durationMs > 100 });

    expect(failureReason(outcome({ durationMs: 101 }), slow)).toBe('flushOn');
    expect(failureReason(outcome({ status: 500 }), slow)).toBeUndefined();
  });

  it('falls back to the default when the predicate throws', () => {
    const broken = compileScopeOptions({
      flushOn: () => {
        throw new Error('predicate failed');
      },
    });

    expect(failureReason(outcome({ status: 503 }), broken)).toBe('status 503');
    expect(failureReason(outcome(), broken)).toBeUndefined();
  });

  it('lets a veto win over the predicate', () => {
    const vetoing = compileScopeOptions({ flushOn: () => true, excludeStatus: [503] });

    expect(failureReason(outcome({ status: 503 }), vetoing)).toBeUndefined();
    expect(failureReason(outcome({ status: 200 }), vetoing)).toBe('flushOn');
  });
});

describe('isVetoed', () => {
  it('excludes a status everywhere, or on some paths', () => {
    expect(vetoed({ excludeStatus: [404] }, { status: 404 })).toBe(true);
    expect(vetoed({ excludeStatus: [404] }, { status: 405 })).toBe(false);
    expect(vetoed({ excludeStatus: [{ 400: [/^\/foo/] }] }, { status: 400, path: '/foo/1' })).toBe(true);
    expect(vetoed({ excludeStatus: [{ 400: [/^\/foo/] }] }, { status: 400, path: '/bar' })).toBe(false);
    expect(vetoed({ excludeStatus: [{ 400: ['/foo'] }] }, { status: 400, path: '/foobar' })).toBe(false);
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

describe('matchesAnyPath', () => {
  it('takes a path with everything below it, and patterns', () => {
    expect(matchesAnyPath('/health', ['/health'])).toBe(true);
    expect(matchesAnyPath('/health/live', ['/health'])).toBe(true);
    expect(matchesAnyPath('/healthy', ['/health'])).toBe(false);
    expect(matchesAnyPath('/a/b.css', [/\.css$/])).toBe(true);
    expect(matchesAnyPath('/a', [])).toBe(false);
  });

  it('matches a global pattern every time', () => {
    const pattern = /x/g;

    expect([1, 2, 3].map(() => matchesAnyPath('/x', [pattern]))).toEqual([true, true, true]);
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
