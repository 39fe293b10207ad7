import { describe, expect, it } from 'vitest';
import { CollectingHandler, handlerContract } from '../../lib/testing';
import { some } from '../support/some';

describe('CollectingHandler', () => {
  const subject = {
    create: (options: object) => new CollectingHandler(options),
    read: (handler: CollectingHandler) => handler.messages,
  };
  for (const { title, run } of handlerContract('CollectingHandler', subject)) it(title, run);

  it('keeps records and messages, and forgets them', () => {
    const seen = new CollectingHandler();
    const record = some.record({ message: 'order %d placed', args: [7] });

    seen.handle(record);
    expect(seen.records).toEqual([record]);
    expect(seen.messages).toEqual(['order 7 placed']);

    seen.clear();
    expect([seen.records, seen.messages, seen.failures]).toEqual([[], [], []]);
  });

  it('keeps what its formatter returns', () => {
    const seen = new CollectingHandler({ formatter: { format: (record) => record.levelname } });

    seen.handle(some.record());

    expect(seen.messages).toEqual(['INFO']);
  });
});
