/** Long records of a dump: what is cut, and what is left as it is. */
import { describe, expect, it } from 'vitest';
import { limitRecord } from '../../lib/scope/dump';
import { some } from '../support/some';

describe('limitRecord', () => {
  it('leaves a message of exactly the limit as it is', () => {
    const record = some.record({ message: 'x'.repeat(10) });
    limitRecord(record, 10);

    expect(record.getMessage()).toBe('x'.repeat(10));
  });

  it('cuts a message one longer and says by how much', () => {
    const record = some.record({ message: 'x'.repeat(11) });
    limitRecord(record, 10);

    expect(record.getMessage()).toBe(`${'x'.repeat(10)}… [1 more characters cut]`);
  });

  it('cuts the rendered message, arguments included', () => {
    const record = some.record({ message: 'body %s', args: ['y'.repeat(100)] });
    limitRecord(record, 10);

    expect(record.getMessage()).toBe('body yyyyy… [95 more characters cut]');
  });

  it('does not take a placeholder in the cut text for one', () => {
    const record = some.record({ message: '%s', args: ['%s%d%%'.repeat(10)] });
    limitRecord(record, 6);

    expect(record.getMessage()).toBe('%s%d%%… [54 more characters cut]');
  });

  it('cuts long fields one by one and keeps the others', () => {
    const record = some.record({ message: 'm', args: [{ long: 'z'.repeat(20), short: 'ok', n: 7 }] });
    limitRecord(record, 10);

    expect(record.extra).toEqual({ long: `${'z'.repeat(10)}… [10 more characters cut]`, short: 'ok', n: 7 });
  });

  it("does not change the caller's object", () => {
    const fields = { long: 'z'.repeat(20) };
    limitRecord(some.record({ message: 'm', args: [fields] }), 10);

    expect(fields.long).toHaveLength(20);
  });

  it('keeps the Error, the fields and the stack of a record whose message is cut', () => {
    const error = new Error('boom');
    const record = some.record({
      message: 'x'.repeat(50),
      args: [error, { id: 7 }, { stackInfo: 'at here' }],
    });
    limitRecord(record, 10);

    expect(record.excInfo).toBe(error);
    expect(record.extra).toEqual({ id: 7 });
    expect(record.stackInfo).toBe('at here');
  });

  it('still redacts the arguments of a record whose message is cut', () => {
    const record = some.record({ message: '%j %s', args: [{ password: 'hunter2' }, 'x'.repeat(100)] });
    limitRecord(record, 40);

    const text = record.getMessage((argument) =>
      typeof argument === 'object' && argument !== null ? { password: '[redacted]' } : argument,
    );

    expect(text).not.toContain('hunter2');
    expect(text).toContain('[redacted]');
    expect(text.length).toBeLessThan(80);
  });

  it('does not let a field called __proto__ reach a prototype', () => {
    const fields = JSON.parse('{"__proto__": {"polluted": true}, "long": "zzzzzzzzzzzzzzzzzzzz"}') as object;
    const record = some.record({ message: 'm', args: [fields] });
    limitRecord(record, 10);

    expect(Object.getPrototypeOf(record.extra)).toBe(Object.prototype);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  it('leaves a record that cannot be rendered to the handler', () => {
    const record = some.record({
      message: () => {
        throw new Error('lazy message failed');
      },
    });

    expect(() => limitRecord(record, 10)).not.toThrow();
  });

  it('returns about how long the line will be, after the cut', () => {
    const long = limitRecord(some.record({ message: 'x'.repeat(1000) }), 100);
    const short = limitRecord(some.record({ message: 'x'.repeat(1000) }), 2000);

    expect(long).toBeGreaterThanOrEqual(100);
    expect(long).toBeLessThan(400);
    expect(short).toBeGreaterThanOrEqual(1000);
    expect(short).toBeLessThan(1400);
  });
});
