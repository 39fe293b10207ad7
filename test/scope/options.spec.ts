import { describe, expect, it } from 'vitest';
import { ConfigurationError } from '../../lib/errors';
import { readOptions } from '../../lib/internal/options';
import { SCOPE_SPEC } from '../../lib/scope/options';

describe('SCOPE_SPEC', () => {
  it.each<[string, unknown]>([
    ['capacity', -1],
    ['capacity', Number.NaN],
    ['capacity', 1.5],
    ['capacity', Infinity],
    ['capacity', '10'],
    ['keepFirst', -1],
    ['totalCapacity', Number.NaN],
    ['maxRecordBytes', -5],
    ['lingerMs', -1],
    ['lingerMs', 2 ** 31],
    ['slowMs', 0],
    ['slowMs', Number.NaN],
    ['slowMs', Infinity],
    ['slowMs', 2 ** 31],
    ['slowMs', true],
    ['sample', 1.01],
    ['sample', -0.1],
    ['sample', Number.NaN],
    ['onAbort', 'keep'],
    ['afterFlush', 'stop'],
    ['nested', 'both'],
    ['routes', 'some'],
    ['snapshot', 'deep'],
    ['flushOn', true],
    ['force', 'x-debug'],
    ['exclude', '/health'],
    ['exclude', [404]],
    ['excludeStatus', 404],
    ['excludeStatus', ['404']],
    ['excludeStatus', [{ 400: '/foo' }]],
    ['excludeErrors', TypeError],
    ['excludeErrors', ['TypeError']],
    ['requestId', 'x request id'],
    ['requestId', ''],
    ['requestId', true],
    ['requestId', ['x-a', 'x-b']],
    ['onDump', 'page me'],
    ['requestRecord', 'yes'],
    ['dumpRecord', 1],
    ['maxDumpsPerSecond', 0],
    ['maxDumpsPerSecond', -1],
    ['maxDumpsPerSecond', Number.NaN],
    ['maxDumpsPerSecond', '20'],
  ])('refuses %s: %s by name', (option, value) => {
    const read = (): unknown => readOptions(SCOPE_SPEC, { [option]: value }, 'logIfErrors');

    expect(read).toThrow(ConfigurationError);
    expect(read).toThrow(`logIfErrors: "${option}" must be `);
  });

  it('reads lists of paths and statuses, and what stands for no limit', () => {
    const options = {
      exclude: ['/health'],
      excludeStatus: [404, { 400: [/^\/probe/] }],
      passThroughLevel: null,
      maxDumpsPerSecond: false,
      slowMs: false,
    };

    expect(readOptions(SCOPE_SPEC, options, 'logIfErrors')).toMatchObject({
      exclude: { entries: ['/health'] },
      excludeStatus: [
        { status: 404, paths: undefined },
        { status: 400, paths: { entries: [/^\/probe/] } },
      ],
      passThroughLevel: Infinity,
      maxDumpsPerSecond: Infinity,
      slowMs: 0,
    });
  });
});
