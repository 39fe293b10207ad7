import { describe, expect, it } from 'vitest';
import { ConfigurationError } from '../../lib/errors';
import { readOptions } from '../../lib/internal/options';
import { OUTBOX_SPEC, type OutboxOptions } from '../../lib/outbox/outbox-options';

function read(options: OutboxOptions): unknown {
  return readOptions(OUTBOX_SPEC, options, 'H');
}

describe('OUTBOX_SPEC', () => {
  it('gives Python the pauses of its SocketHandler', () => {
    expect(read({})).toMatchObject({ retryStart: 1, retryFactor: 2, retryMax: 30 });
  });

  it('keeps what is given, and takes undefined for not given', () => {
    const options = { maxQueued: 3, overflow: undefined } as unknown as OutboxOptions;

    expect(read(options)).toEqual({ ...(read({}) as object), maxQueued: 3 });
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
      "H: \"overflow\" must be 'drop-oldest' or 'drop-newest', got 'block'.",
    ],
  ])('refuses %j', (options, text) => {
    const check = (): unknown => read(options);

    expect(check).toThrow(ConfigurationError);
    expect(check).toThrow(text);
  });
});
