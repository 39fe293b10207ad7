import { describe, expect, it } from 'vitest';
import { isExcluded, isForced } from '../../lib/scope/request-predicates';
import { compileScopeOptions } from '../../lib/scope/compile-options';
import type { ScopeRequest } from '../../lib/scope/options';
import { capturedStderr } from '../support/captured-stderr';

const request: ScopeRequest = { method: 'rpc', url: 'health.check', headers: { 'x-debug': 'yes' } };

function fail(): never {
  throw new Error('predicate failed');
}

describe('isExcluded', () => {
  it.each<[string, Parameters<typeof compileScopeOptions>[0], boolean]>([
    ['nothing', {}, false],
    ['another path', { exclude: ['orders'] }, false],
    ['its path', { exclude: ['health.check'] }, true],
    ['a pattern', { exclude: [/^health\./] }, true],
    ['a predicate', { exclude: ({ headers }) => headers['x-debug'] === 'yes' }, true],
  ])('asks %s', (_what, options, expected) => {
    expect(isExcluded(request, compileScopeOptions(options), (list, { url = '' }) => list.hasName(url))).toBe(
      expected,
    );
  });

  it('takes a predicate that throws for a no, and says so', () => {
    const stderr = capturedStderr();

    expect(isExcluded(request, compileScopeOptions({ exclude: fail }), () => true)).toBe(false);
    expect(stderr.text).toContain('"exclude" threw and counts as false');
  });
});

describe('isForced', () => {
  it('asks the predicate, if there is one', () => {
    const force = ({ headers }: ScopeRequest): boolean => headers['x-debug'] === 'yes';

    expect(isForced(request, compileScopeOptions({}))).toBe(false);
    expect(isForced(request, compileScopeOptions({ force }))).toBe(true);
    expect(isForced({ headers: {} }, compileScopeOptions({ force }))).toBe(false);
  });
});
