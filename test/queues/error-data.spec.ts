import { describe, expect, it } from 'vitest';
import { formatException } from '../../lib/core/exception-text';
import { JsonWriter } from '../../lib/formatters/json/json-writer';
import { reviveError } from '../../lib/queues/error-data';

const writer = new JsonWriter({ maxStringLength: 10_000, maxDepth: 8, maxEntries: 100 }, undefined);

function overTheWire(error: Error): Error {
  return reviveError(JSON.parse(writer.write(error)) as Record<string, unknown>);
}

describe('reviveError', () => {
  it('keeps name, message, stack and own keys', () => {
    const error = Object.assign(new RangeError('out of stock'), { code: 'E_STOCK', sku: { id: 7 } });

    const revived = overTheWire(error);

    expect(revived).toBeInstanceOf(Error);
    expect(String(revived)).toBe('RangeError: out of stock');
    expect(revived.stack).toBe(error.stack);
    expect(revived).toMatchObject({ code: 'E_STOCK', sku: { id: 7 } });
    expect(Object.keys(revived)).toEqual(['code', 'sku']);
  });

  it('keeps the chain of causes and the members of an AggregateError, so that both print as before', () => {
    const inner = new AggregateError([new Error('first'), 'second'], 'both failed');
    const error = new Error('order lost', { cause: new TypeError('no id', { cause: inner }) });

    const revived = overTheWire(error);

    expect(formatException(revived)).toBe(formatException(error));
    expect(writer.write(revived)).toBe(writer.write(error));
  });

  it('lets no key of the data reach a prototype', () => {
    const revived = reviveError(
      JSON.parse('{"message":"m","__proto__":{"polluted":1}}') as Record<string, unknown>,
    );

    expect(Object.getPrototypeOf(revived)).toBe(Error.prototype);
    expect('polluted' in revived).toBe(false);
  });
});
