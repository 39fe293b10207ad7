import { describe, expect, it } from 'vitest';
import { PickledOrigin } from '../../../lib/handlers/socket/pickled-origin';
import { decodePickle } from '../../../lib/handlers/socket/received-record';
import type { LogRecord } from '../../../lib/core/log-record';
import { some } from '../../support/some';

const origin = new PickledOrigin();

/** The attributes that the bytes stand for. */
function attributesOf(record: LogRecord): Record<string, unknown> {
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
    expect(Object.entries(attributesOf(some.record()))).toEqual([
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
    const plain = attributesOf(some.record());
    const record = some.record();
    change(record);

    expect(attributesOf(record)).toEqual({ ...plain, ...expected });
    expect(attributesOf(some.record())).toEqual(plain);
  });
});
