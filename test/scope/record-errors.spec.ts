/** Which Errors are found in a record, and that looking for them renders nothing. */
import { describe, expect, it } from 'vitest';
import { ERROR } from '../../lib/core/level';
import { LogRecord } from '../../lib/core/log-record';
import { firstErrorOf, addErrorsOf, mayHoldError } from '../../lib/scope/record-errors';

const [one, other] = [new Error('one'), new Error('other')];

function record(msg: unknown, ...args: readonly unknown[]): LogRecord {
  return new LogRecord('shop', ERROR, msg, args, 0);
}

function errorsOf(made: LogRecord): readonly unknown[] {
  const found: unknown[] = [];
  addErrorsOf(made, { add: (error) => found.push(error) });
  return found;
}

describe('addErrorsOf', () => {
  it('sees Errors as the message, among the arguments and in the fields', () => {
    expect(errorsOf(record(one))).toEqual([one]);
    expect(errorsOf(record('text', 1, one, null, other))).toEqual([one, other]);
    expect(errorsOf(record('text', { err: one, cause: other, n: 1 }))).toEqual([one, other]);
    expect(errorsOf(record({ err: one }, 'text'))).toEqual([one]);
    expect(errorsOf(record('failed: %s', one))).toEqual([one]);
  });

  it('sees what was set on the record first, whatever it is', () => {
    const made = record('text', one);
    made.excInfo = 'a thrown string';
    expect(errorsOf(made)).toEqual(['a thrown string', one]);
  });

  it('goes over fields with a getter that throws', () => {
    const fields = {
      get bad(): unknown {
        throw new Error('no');
      },
    };
    expect(errorsOf(record('text', fields, one))).toEqual([one]);
  });

  it('calls no message that is made when it is needed', () => {
    expect(
      errorsOf(
        record(() => {
          throw new Error('rendered');
        }),
      ),
    ).toEqual([]);
  });
});

describe('mayHoldError', () => {
  it('is false for a bare text only', () => {
    const marked = record('text');
    marked.excInfo = one;
    expect([record('text'), record('text', 1), record(one), marked].map(mayHoldError)).toEqual([
      false,
      true,
      true,
      true,
    ]);
  });
});

describe('firstErrorOf', () => {
  it('is the first Error, or undefined', () => {
    expect(firstErrorOf(record('text', one, other))).toBe(one);
    expect(firstErrorOf(record('text', { n: 1 }))).toBeUndefined();
    expect(firstErrorOf(record('text', { err: one }))).toBe(one);
    expect(firstErrorOf(record({ err: one }, 'text %s', other))).toBe(one);
    expect(firstErrorOf(record('failed: %s', one, { excInfo: other }))).toBe(other);
  });
});
