import { describe, expect, it } from 'vitest';
import { compileScopeOptions } from '../../lib/scope/compile-options';
import { isIgnored } from '../../lib/scope/outgoing-options';

describe('the option outgoingHttp', () => {
  it('is on by default, and off with false', () => {
    expect(compileScopeOptions({}).outgoingHttp).toEqual({ ignore: [], headers: [] });
    expect(compileScopeOptions({ outgoingHttp: true }).outgoingHttp).toEqual({ ignore: [], headers: [] });
    expect(compileScopeOptions({ outgoingHttp: false }).outgoingHttp).toBe(false);
  });

  it.each([
    ['yes'],
    [1],
    [[]],
    [{ ignore: 'a' }],
    [{ ignore: [1] }],
    [{ ignore: [''] }],
    [{ headers: ['a b'] }],
    [{ hosts: [] }],
  ])('refuses %o', (outgoingHttp) => {
    expect(() => compileScopeOptions({ outgoingHttp } as never)).toThrow('"outgoingHttp" must be');
  });

  it.each([
    ['metrics.internal', true],
    ['METRICS.internal:8080', true],
    ['other.internal:9200', true],
    ['other.internal', false],
    ['telemetry.eu', true],
    ['not-metrics.internal', false],
  ])('ignores the host %s: %s', (host, expected) => {
    const ignore = ['Metrics.internal', 'other.internal:9200', /^telemetry\./];
    const { outgoingHttp } = compileScopeOptions({ outgoingHttp: { ignore } });

    expect(outgoingHttp !== false && isIgnored(host, outgoingHttp)).toBe(expected);
  });
});
