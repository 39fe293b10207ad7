import { describe, expect, it } from 'vitest';
import { PickleEncoder } from '../../../lib/handlers/socket/pickle-encoder';
import { receivedRecord } from '../../../lib/handlers/socket/received-record';
import { UnpicklingError } from '../../../lib/handlers/socket/unpickling.error';

const BASE = { name: 'py.app', msg: 'hello', levelno: 30 };
const received = (fields: unknown): ReturnType<typeof receivedRecord> =>
  receivedRecord(new PickleEncoder().encode(fields));

describe('receivedRecord', () => {
  it("reads Python's attributes under our names", () => {
    const record = received({ ...BASE, exc_text: 'Traceback', created: 1.5, exc_info: null, args: null });

    expect(record.getMessage()).toBe('hello');
    expect(record.levelname).toBe('WARNING');
    expect(record.excText).toBe('Traceback');
    expect(record.created).toBe(1.5);
    expect(record.extra).toBeUndefined();
  });

  it('leaves percent signs of a message alone', () => {
    expect(received({ ...BASE, msg: '100%s %d' }).getMessage()).toBe('100%s %d');
  });

  it('puts in arguments that the sender left over', () => {
    expect(received({ ...BASE, msg: 'order %s', args: ['o-1'] }).getMessage()).toBe('order o-1');
    expect(received({ ...BASE, msg: 'order %s', args: 'o-1' }).getMessage()).toBe('order o-1');
    expect(received({ ...BASE, msg: 'order %(id)s', args: { id: 'o-1' } }).getMessage()).toBe('order o-1');
  });

  it('keeps other attributes as extra, under any name', () => {
    const record = received({ ...BASE, user: { id: 1 }, getMessage: 'x', excInfo: 'y', extra: { a: 1 } });

    expect(record.extra).toEqual({ user: { id: 1 }, getMessage: 'x', excInfo: 'y', extra: { a: 1 } });
    expect(record.getMessage()).toBe('hello');
    expect(record.excInfo).toBeUndefined();
  });

  it('cuts the name of a logger that is too long or too deep', () => {
    expect(received({ ...BASE, name: 'n'.repeat(20_000) }).name).toHaveLength(256);
    expect(received({ ...BASE, name: 'n.'.repeat(8000) }).name.split('.')).toHaveLength(32);
    expect(received({ ...BASE, name: 'orders' }).name).toBe('orders');
  });

  it('keeps __proto__ as a field', () => {
    const fields = new Map<string, unknown>([...Object.entries(BASE), ['__proto__', { polluted: true }]]);
    const record = received(fields);

    expect(Object.keys(record.extra ?? {})).toEqual(['__proto__']);
    expect(Reflect.get(record.extra ?? {}, 'polluted')).toBeUndefined();
  });

  it('reads JSON as well', () => {
    const record = receivedRecord(Buffer.from(JSON.stringify({ ...BASE, user: 1 })));

    expect(record.name).toBe('py.app');
    expect(record.extra).toEqual({ user: 1 });
  });

  it('drops attributes that are None', () => {
    const record = received({ ...BASE, funcName: null, lineno: null, taskName: null });

    expect(record.funcName).toBeUndefined();
    expect(record.lineno).toBe(0);
  });

  it.each([
    ['a list', [1]],
    ['a number', 1],
    ['a dict with a key that is no text', new Map<unknown, unknown>([[1, 2]])],
    ['no message', { name: 'a', levelno: 1 }],
    ['a level that is no number', { ...BASE, levelno: 'high' }],
    ['a level that is no integer', { ...BASE, levelno: 1.5 }],
    ['a level of None', { ...BASE, levelno: null }],
    ['a name that is no text', { ...BASE, name: 7 }],
    ['a time that no clock shows', { ...BASE, created: 1e300 }],
    ['a time that is no number', { ...BASE, created: Number.NaN }],
    ['a text that is none', { ...BASE, exc_text: ['x'] }],
  ])('refuses %s', (_what, fields) => {
    expect(() => received(fields)).toThrow(UnpicklingError);
  });

  it.each(['{', '{"name":1}', '{}', '{"a":\xff}'])('refuses %s', (text) => {
    expect(() => receivedRecord(Buffer.from(text, 'latin1'))).toThrow(UnpicklingError);
  });
});
