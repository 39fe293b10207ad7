/** checkScopeOptions: what is refused, and in which words. */
import { describe, expect, it } from 'vitest';
import { ConfigurationError } from '../../lib/errors';
import { checkScopeOptions, refusalOf } from '../../lib/scope/check-scope-options';

describe('checkScopeOptions', () => {
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
  ])('refuses %s: %s by name', (option, value) => {
    const check = (): unknown => checkScopeOptions({ [option]: value }, refusalOf('logIfErrors'));

    expect(check).toThrow(ConfigurationError);
    expect(check).toThrow(`logIfErrors: "${option}"`);
  });
});
