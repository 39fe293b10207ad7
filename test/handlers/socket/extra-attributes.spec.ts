import { describe, expect, it } from 'vitest';
import type { LogRecord } from '../../../lib/core/log-record';
import { eachExtraAttribute } from '../../../lib/handlers/socket/extra-attributes';
import { some } from '../../support/some';

function attributesOf(record: LogRecord): Record<string, unknown> {
  const attributes: Record<string, unknown> = {};
  eachExtraAttribute(record, (name, value) => void (attributes[name] = value));
  return attributes;
}

describe('eachExtraAttribute', () => {
  it('visits the fields of extra that have a value', () => {
    expect(attributesOf(some.record({ extra: { user: 7, none: undefined } }))).toEqual({ user: 7 });
  });

  it('renames a field that would replace an attribute or a method of the record', () => {
    const extra = { message: 'm', levelno: 1, getMessage: 'x', asctime: 't' };

    expect(attributesOf(some.record({ extra }))).toEqual({
      'extra.message': 'm',
      'extra.levelno': 1,
      'extra.getMessage': 'x',
      'extra.asctime': 't',
    });
  });

  it('visits the ids of the scope, and renames a field of the same name', () => {
    const record = some.record({ extra: { requestId: 'mine' } });
    record.context = { id: 's1', fields: { requestId: 'r1', name: 'n' }, tree: {} };

    expect(attributesOf(record)).toEqual({
      requestId: 'r1',
      'context.name': 'n',
      'extra.requestId': 'mine',
    });
  });

  it('visits the place in the scope and the mark of a dumped record', () => {
    const record = some.record();
    record.seq = 3;
    record.hindsight = { scope: 's1', reason: 'error' };

    expect(attributesOf(record)).toEqual({ seq: 3, hindsight: { scope: 's1', reason: 'error' } });
  });

  it('tells of a field that throws, and of an object that does not say what it holds', () => {
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

    expect(attributesOf(some.record({ extra: getter }))).toEqual({ broken: '[Throws: no]' });
    expect(attributesOf(some.record({ extra: proxy }))).toEqual({ extra: '[Throws: never]' });
  });
});
