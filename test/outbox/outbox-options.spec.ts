import { describe, expect, it } from 'vitest';
import { ConfigurationError } from '../../lib/errors';
import { checkOutboxOptions, OUTBOX_DEFAULTS, type OutboxOptions } from '../../lib/outbox/outbox-options';

describe('checkOutboxOptions', () => {
  it("has the pauses of Python's SocketHandler as defaults", () => {
    expect(checkOutboxOptions('H', {})).toEqual(OUTBOX_DEFAULTS);
    expect(OUTBOX_DEFAULTS).toMatchObject({ retryStart: 1, retryFactor: 2, retryMax: 30 });
  });

  it('keeps given options, and ignores undefined', () => {
    const options = { maxQueued: 3, overflow: undefined, level: 'INFO' } as unknown as OutboxOptions;

    expect(checkOutboxOptions('H', options)).toEqual({ ...OUTBOX_DEFAULTS, maxQueued: 3 });
  });

  it.each([
    [{ maxQueued: 0 }, 'H: "maxQueued" must be a positive integer, got 0.'],
    [{ maxQueuedBytes: 1.5 }, 'H: "maxQueuedBytes" must be a positive integer, got 1.5.'],
    [{ retryStart: 0 }, 'H: "retryStart" must be a number of at least 0.001, got 0.'],
    [{ retryFactor: 0.5 }, 'H: "retryFactor" must be a number of at least 1, got 0.5.'],
    [{ retryMax: Number.NaN }, 'H: "retryMax" must be a number of at least 0.001, got NaN.'],
    [{ flushTimeout: -1 }, 'H: "flushTimeout" must be a number of at least 0, got -1.'],
    [
      { overflow: 'block' as 'drop-oldest' },
      'H: "overflow" must be \'drop-oldest\' or \'drop-newest\', got "block".',
    ],
  ])('refuses %j', (options, text) => {
    const check = (): unknown => checkOutboxOptions('H', options);

    expect(check).toThrow(ConfigurationError);
    expect(check).toThrow(text);
  });
});
