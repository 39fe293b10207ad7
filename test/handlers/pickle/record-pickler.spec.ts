import { describe, expect, it } from 'vitest';
import type { LogRecord } from '../../../lib/core/log-record';
import {
  eachExtraAttribute,
  PickledOrigin,
  PickledProcess,
  RecordPickler,
} from '../../../lib/handlers/pickle/record-pickler';
import { decodePickle } from '../../../lib/handlers/receiver/received-record';
import { some } from '../../support/some';

function extrasOf(record: LogRecord): Record<string, unknown> {
  const attributes: Record<string, unknown> = {};
  eachExtraAttribute(record, (name, value) => void (attributes[name] = value));
  return attributes;
}

describe('eachExtraAttribute', () => {
  it('visits the fields of extra that have a value', () => {
    expect(extrasOf(some.record({ extra: { user: 7, none: undefined } }))).toEqual({ user: 7 });
  });

  it('renames a field that would replace an attribute or a method of the record', () => {
    const extra = { message: 'm', levelno: 1, getMessage: 'x', asctime: 't' };

    expect(extrasOf(some.record({ extra }))).toEqual({
      'extra.message': 'm',
      'extra.levelno': 1,
      'extra.getMessage': 'x',
      'extra.asctime': 't',
    });
  });

  it('visits the ids of the scope, and renames a field of the same name', () => {
    const record = some.record({ extra: { requestId: 'mine' } });
    record.context = { id: 's1', fields: { requestId: 'r1', name: 'n' }, tree: {} };

    expect(extrasOf(record)).toEqual({
      requestId: 'r1',
      'context.name': 'n',
      'extra.requestId': 'mine',
    });
  });

  it('visits the place in the scope and the mark of a dumped record', () => {
    const record = some.record();
    record.seq = 3;
    record.hindsight = { scope: 's1', reason: 'error' };

    expect(extrasOf(record)).toEqual({ seq: 3, hindsight: { scope: 's1', reason: 'error' } });
  });

  it('has a text for a field that throws, and for an object whose fields cannot be read', () => {
    const getter = {
      get broken(): never {
        throw new Error('no');
      },
    };
    const proxy = new Proxy<Record<string, unknown>>(
      {},
      {
        ownKeys: () => {
          throw new Error('never');
        },
      },
    );

    expect(extrasOf(some.record({ extra: getter }))).toEqual({ broken: '[Throws: no]' });
    expect(extrasOf(some.record({ extra: proxy }))).toEqual({ extra: '[Throws: never]' });
  });
});

function attributesOf(record: LogRecord): ReadonlyMap<string, unknown> {
  const frame = new RecordPickler().frame(record, record.getMessage());
  return decodePickle(frame.subarray(4)) as ReadonlyMap<string, unknown>;
}

describe('RecordPickler', () => {
  it('puts the length of the pickle into the first four bytes', () => {
    const frame = new RecordPickler().frame(some.record(), 'order placed');

    expect(frame.readUInt32BE(0)).toBe(frame.length - 4);
  });

  it("sends Python's attributes in Python's order", () => {
    expect([...attributesOf(some.record()).keys()]).toEqual(
      `name msg args levelname levelno pathname filename module exc_info exc_text stack_info lineno funcName created
       msecs relativeCreated thread threadName processName process`.split(/\s+/),
    );
  });

  it('sends the message with its arguments in it, and no arguments', () => {
    const attributes = attributesOf(some.record({ message: 'order %s', args: ['o-1'] }));

    expect(attributes.get('msg')).toBe('order o-1');
    expect(attributes.get('args')).toBeNull();
  });

  it('sends times as floats, whole or not', () => {
    const record = some.record({ created: 1_700_000_000 });
    const frame = new RecordPickler().frame(record, 'm');
    const float = (value: number): Buffer => {
      const bytes = Buffer.alloc(9, 'G');
      bytes.writeDoubleBE(value, 1);
      return bytes;
    };

    expect(frame.includes(Buffer.concat([Buffer.from('created'), float(1_700_000_000)]))).toBe(true);
    expect(frame.includes(Buffer.concat([Buffer.from('msecs'), float(0)]))).toBe(true);
  });

  it('sends taskName and asctime when the record has them', () => {
    const record = some.record();
    record.asctime = '2024-02-29 12:00:00,000';
    record.taskName = 'scope-1';
    const attributes = attributesOf(record);

    expect(attributes.get('asctime')).toBe('2024-02-29 12:00:00,000');
    expect(attributes.get('taskName')).toBe('scope-1');
  });

  it('sends what a filter put where a text should be', () => {
    const record = some.record();
    Reflect.set(record, 'name', { odd: 1 });

    expect(attributesOf(record).get('name')).toEqual(new Map([['odd', 1]]));
  });

  it('keeps frames apart', () => {
    const pickler = new RecordPickler();
    const first = pickler.frame(some.record(), 'first');
    const copy = Buffer.from(first);
    pickler.frame(some.record(), 'second');

    expect(first.equals(copy)).toBe(true);
  });
});

const pickled = new PickledProcess();

function processOf(record: LogRecord): unknown {
  const dict = Buffer.concat([Buffer.from('}('), pickled.bytes(record), Buffer.from('u.')]);
  return Object.fromEntries(decodePickle(dict) as ReadonlyMap<string, unknown>);
}

const OWN = { thread: 0, threadName: 'MainThread', processName: 'MainProcess', process: process.pid };

describe('PickledProcess', () => {
  it('keeps its bytes while nothing changes', () => {
    expect(pickled.bytes(some.record())).toBe(pickled.bytes(some.record()));
  });

  it.each([{ thread: 5 }, { threadName: 't' }, { processName: 'p' }, { process: 1 }])(
    'sees a record of %o, and its own again',
    (change) => {
      // A worker of the test runner has a number of its own.
      const record = Object.assign(some.record(), OWN, change);

      expect(processOf(record)).toEqual({ ...OWN, ...change });
      expect(processOf(Object.assign(some.record(), OWN))).toEqual(OWN);
    },
  );
});

const origin = new PickledOrigin();

/** The attributes that the bytes stand for. */
function originOf(record: LogRecord): Record<string, unknown> {
  const dict = Buffer.concat([Buffer.from('}('), origin.bytes(record), Buffer.from('u.')]);
  return Object.fromEntries(decodePickle(dict) as ReadonlyMap<string, unknown>);
}

const CHANGES: readonly (readonly [string, (record: LogRecord) => void, Record<string, unknown>])[] = [
  ['levelno', (record) => (record.levelno = 40), { levelno: 40 }],
  ['levelname', (record) => (record.levelname = 'odd'), { levelname: 'odd' }],
  [
    'pathname',
    (record) => (record.pathname = '/a/b.ts'),
    { pathname: '/a/b.ts', filename: 'b.ts', module: 'b' },
  ],
  ['filename', (record) => (record.filename = 'f'), { filename: 'f', module: 'f' }],
  ['module', (record) => (record.module = 'm'), { module: 'm' }],
  ['excText', (record) => (record.excText = 'Error: e'), { exc_text: 'Error: e' }],
  ['stackInfo', (record) => (record.stackInfo = 'Stack'), { stack_info: 'Stack' }],
  ['lineno', (record) => (record.lineno = 7), { lineno: 7 }],
  ['funcName', (record) => (record.funcName = 'f'), { funcName: 'f' }],
];

describe('PickledOrigin', () => {
  it('has the attributes from args to funcName, in the order of Python', () => {
    expect(Object.entries(originOf(some.record()))).toEqual([
      ['args', null],
      ['levelname', 'INFO'],
      ['levelno', 20],
      ['pathname', ''],
      ['filename', ''],
      ['module', ''],
      ['exc_info', null],
      ['exc_text', null],
      ['stack_info', null],
      ['lineno', 0],
      ['funcName', null],
    ]);
  });

  it('keeps its bytes while nothing changes', () => {
    expect(origin.bytes(some.record())).toBe(origin.bytes(some.record({ message: 'another' })));
  });

  it.each(CHANGES)('sees another %s, and the old one again', (_name, change, expected) => {
    const plain = originOf(some.record());
    const record = some.record();
    change(record);

    expect(originOf(record)).toEqual({ ...plain, ...expected });
    expect(originOf(some.record())).toEqual(plain);
  });
});
