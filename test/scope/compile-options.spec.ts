/** The options of a scope: defaults, what is refused, and how overrides are merged. */
import { describe, expect, it } from 'vitest';
import { ConfigurationError } from '../../lib/errors';
import { PathList } from '../../lib/scope/path-list';
import { compileScopeOptions, overrideOptions } from '../../lib/scope/compile-options';
import { SCOPE_SPEC, type LogScopeOptions } from '../../lib/scope/options';

describe('compileScopeOptions', () => {
  it('fills in the documented defaults', () => {
    expect(compileScopeOptions({})).toMatchObject({
      passThroughLevel: 20,
      holdAll: false,
      flushLevel: 40,
      capacity: 1000,
      keepFirst: 20,
      totalCapacity: 200_000,
      maxRecordBytes: 16_384,
      flushOn: undefined,
      force: undefined,
      excludeStatus: [],
      excludeErrors: [],
      hasVeto: false,
      onDump: undefined,
      maxDumpsPerSecond: 20,
      slowMs: 0,
      sample: 0,
      onAbort: 'discard',
      afterFlush: 'passthrough',
      lingerMs: 2000,
      snapshot: 'shallow',
      nested: 'promote',
      routes: 'all',
      exclude: new PathList([]),
      routePrefix: { source: '' },
      requestId: 'x-request-id',
      requestRecord: true,
      dumpRecord: true,
    });
  });

  it('takes false for no limit of dumps', () => {
    const open = compileScopeOptions({ maxDumpsPerSecond: false });

    expect(open.maxDumpsPerSecond).toBe(Infinity);
    expect(compileScopeOptions({ capacity: 5 }, open).maxDumpsPerSecond).toBe(Infinity);
    expect(compileScopeOptions({ maxDumpsPerSecond: 0.5 }, open).maxDumpsPerSecond).toBe(0.5);
  });

  it('ignores an option that is undefined', () => {
    const undefinedOptions = Object.fromEntries(
      Object.keys(SCOPE_SPEC).map((key) => [key, undefined]),
    ) as LogScopeOptions;

    expect(compileScopeOptions(undefinedOptions)).toEqual(compileScopeOptions({}));
  });

  it('takes the names of levels, and null to hold everything', () => {
    expect(compileScopeOptions({ passThroughLevel: 'WARNING', flushLevel: 'CRITICAL' })).toMatchObject({
      passThroughLevel: 30,
      flushLevel: 50,
      holdAll: false,
    });
    expect(compileScopeOptions({ passThroughLevel: null })).toMatchObject({
      passThroughLevel: Infinity,
      holdAll: true,
    });
  });

  it('keeps the first half of a small capacity at most, unless told otherwise', () => {
    expect(compileScopeOptions({ capacity: 10 }).keepFirst).toBe(5);
    expect(compileScopeOptions({ capacity: 1 }).keepFirst).toBe(0);
    expect(compileScopeOptions({ capacity: 0 }).keepFirst).toBe(0);
    expect(compileScopeOptions({ capacity: 10, keepFirst: 10 }).keepFirst).toBe(10);
  });

  it('refuses keepFirst above the capacity', () => {
    expect(() => compileScopeOptions({ capacity: 5, keepFirst: 6 })).toThrow('"keepFirst"');
  });

  it('refuses an unknown level', () => {
    expect(() => compileScopeOptions({ flushLevel: 'LOUD' })).toThrow(ConfigurationError);
    expect(() => compileScopeOptions({ passThroughLevel: 'LOUD' })).toThrow(ConfigurationError);
  });

  it('compiles lists of paths once and shares them with overrides', () => {
    const base = compileScopeOptions({ exclude: ['/health'], excludeStatus: [404, { 400: ['/probe'] }] });

    expect(base.excludeStatus).toEqual([
      { status: 404, paths: undefined },
      { status: 400, paths: new PathList(['/probe']) },
    ]);
    expect(compileScopeOptions({ capacity: 5 }, base)).toMatchObject({
      exclude: base.exclude,
      excludeStatus: base.excludeStatus,
      routePrefix: base.routePrefix,
    });
    expect(compileScopeOptions({ exclude: [] }, base).exclude).toEqual(new PathList([]));
  });

  it('keeps the options that an override leaves out', () => {
    const base = compileScopeOptions({
      capacity: 50,
      flushLevel: 'CRITICAL',
      slowMs: 10,
      passThroughLevel: null,
    });

    expect(compileScopeOptions({ sample: 0.5 }, base)).toEqual({ ...base, sample: 0.5 });
    expect(compileScopeOptions({ slowMs: false, passThroughLevel: 'INFO' }, base)).toMatchObject({
      slowMs: 0,
      passThroughLevel: 20,
      holdAll: false,
    });
  });

  it('checks an override against the capacity of its base', () => {
    const base = compileScopeOptions({ capacity: 5 });

    expect(() => compileScopeOptions({ keepFirst: 6 }, base)).toThrow('"keepFirst"');
    expect(compileScopeOptions({ keepFirst: 1200, capacity: 1300 }, base).keepFirst).toBe(1200);
    expect(compileScopeOptions({ keepFirst: 1200 }, compileScopeOptions({ capacity: 1300 })).keepFirst).toBe(
      1200,
    );
  });

  it('lets an override with a smaller capacity keep fewer first records', () => {
    const base = compileScopeOptions({ capacity: 100, keepFirst: 80 });

    expect(compileScopeOptions({ capacity: 10 }, base)).toMatchObject({ capacity: 10, keepFirst: 5 });
  });

  it('names what the user has called', () => {
    expect(() => compileScopeOptions({ capacity: -1 }, undefined, 'requestLogs')).toThrow(
      'requestLogs: "capacity" must be a non-negative integer, got -1.',
    );
    expect(() => compileScopeOptions({ maxDumpsPerSecond: 0 })).toThrow(
      'logIfErrors: "maxDumpsPerSecond" must be a positive number, or false, got 0.',
    );
    expect(() => compileScopeOptions({ capactiy: 1 } as LogScopeOptions)).toThrow(
      'logIfErrors: unknown option "capactiy"',
    );
  });
});

describe('overrideOptions', () => {
  const base = compileScopeOptions({ capacity: 50 });

  it('merges the options of a user into those that were there', () => {
    expect(overrideOptions(base, { sample: 0.5 })).toMatchObject({ capacity: 50, sample: 0.5 });
  });

  it('takes compiled options as they are', () => {
    const compiled = compileScopeOptions({ sample: 1 });

    expect(overrideOptions(base, compiled)).toBe(compiled);
  });

  it('refuses what is wrong, in the name of the method', () => {
    expect(() => overrideOptions(base, { capacity: -1 })).toThrow('LogScope.configure: "capacity"');
  });
});
