import { describe, expect, it } from 'vitest';
import { Manager } from '../../../lib/core/manager';
import { UnpicklingError } from '../../../lib/errors';
import { PickleEncoder } from '../../../lib/handlers/pickle/pickle-encoder';
import { decodePickle, receivedRecord, RecordDispatch } from '../../../lib/handlers/receiver/received-record';
import { CollectingHandler } from '../../../lib/testing';
import { some } from '../../support/some';

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

const decoded = (text: string): unknown => decodePickle(Buffer.from(text, 'latin1'));

function memory(): number {
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

describe('decodePickle', () => {
  it('reads lists, tuples and dicts, each as what it is', () => {
    expect(decoded('(lI1\na.')).toEqual([1]);
    expect(decoded('(I1\nI01\nNt.')).toEqual([1, true, null]);
    expect(decoded("(S'a'\nI1\nd.")).toEqual(new Map([['a', 1]]));
  });

  it('gives a shared list once', () => {
    const [first, second] = decoded(']q\0(]q\x01h\x01e.') as readonly unknown[];

    expect(first).toBe(second);
  });

  it('leaves what stands behind STOP, as CPython does', () => {
    expect(decoded('N.garbage')).toBeNull();
  });

  it('says why and where it refuses a pickle', () => {
    expect(() => decoded('cos\nsystem\n.')).toThrow('the name "os.system" is refused, before byte 11');
  });

  it.each([
    ['a name as the result', 'cdatetime\ndate\n.'],
    ['a name in a dict', '}X\x01\0\0\0acdatetime\ndate\ns.'],
    ['a memoized name as data', 'cdatetime\ndate\nq\x000](h\0e.'],
    ['a list as a key', '}]Ns.'],
    ['a dict as a member of a set', '\x80\x04\x8f(}\x90.'],
    ['a key without a value', '(Nd.'],
    ['a tuple that is appended to', ')Na.'],
    ['a protocol of the future', '\x80\x06N.'],
    ['REDUCE of a text', "S'os.system'\n)R."],
    ['a name that is no text', '\x80\x04N\x8c\x01a\x93.'],
    ['a negative memo index', 'Np-1\n.'],
  ])('refuses %s', (_what, pickle) => {
    expect(() => decoded(pickle)).toThrow(UnpicklingError);
  });

  it.each([
    ['empty dicts', '}'],
    ['empty sets', '\x8f'],
    ['empty lists', ']'],
    ['memo entries', 'N\x94'],
    ['marks', '('],
    ['copies', '2'],
  ])('refuses a mebibyte of %s within 64 MiB', (_what, opcodes) => {
    const pickle = Buffer.from(`N${opcodes.repeat(1024 * 1024)}`, 'latin1');
    const before = memory();

    expect(() => decodePickle(pickle)).toThrow(UnpicklingError);
    expect(memory() - before).toBeLessThan(64 * 1024 * 1024);
  });
});

function tree(): {
  readonly manager: Manager;
  readonly all: CollectingHandler;
  readonly dispatch: RecordDispatch;
} {
  const manager = new Manager();
  const all = new CollectingHandler();
  manager.root.addHandler(all);
  return { manager, all, dispatch: new RecordDispatch(manager) };
}

describe('RecordDispatch', () => {
  it('hands the record to the logger of its name, whose level it does not compare', () => {
    const { manager, all, dispatch } = tree();
    const own = new CollectingHandler();
    manager.getLogger('shop.orders').addHandler(own);
    manager.getLogger('shop.orders').setLevel('CRITICAL');

    dispatch.dispatch(some.record({ message: 'm' }));

    expect(own.messages).toEqual(['m']);
    expect(all.messages).toEqual(['m']);
  });

  it('makes at most 1000 loggers of names it does not know', () => {
    const { manager, all, dispatch } = tree();
    const deep = new CollectingHandler();
    manager.getLogger('known').addHandler(deep);
    for (let i = 0; i < 1200; i++) dispatch.dispatch(some.record({ name: `made.up.${i}` }));
    dispatch.dispatch(some.record({ name: 'known.below.it', message: 'to its parent' }));

    expect(manager.loggers.size).toBe(1001);
    expect(all.messages).toHaveLength(1201);
    expect(deep.messages).toEqual(['to its parent']);
  });
});
