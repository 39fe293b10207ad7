import { describe, expect, it } from 'vitest';
import { CollectingHandler, handlerContract, ManualClock, ThrowingHandler } from '../../lib/testing';
import { some } from '../support/some';

describe('CollectingHandler', () => {
  const subject = {
    create: (options: object) => new CollectingHandler(options),
    read: (handler: CollectingHandler) => handler.messages,
  };
  for (const { title, run } of handlerContract('CollectingHandler', subject)) it(title, run);

  it('stores records and messages until it is cleared', () => {
    const seen = new CollectingHandler();
    const record = some.record({ message: 'order %d placed', args: [7] });

    seen.handle(record);
    expect(seen.records).toEqual([record]);
    expect(seen.messages).toEqual(['order 7 placed']);

    seen.clear();
    expect([seen.records, seen.messages, seen.failures]).toEqual([[], [], []]);
  });

  it('stores what its formatter returns', () => {
    const seen = new CollectingHandler({ formatter: { format: (record) => record.levelname } });

    seen.handle(some.record());

    expect(seen.messages).toEqual(['INFO']);
  });
});

describe('ThrowingHandler', () => {
  it('fails for each record with the given error', () => {
    const error = new Error('no paper');
    const handler = new ThrowingHandler({ error });
    const record = some.record();

    handler.handle(record);

    expect(handler.failures).toEqual([{ record, error }]);
  });
});

describe('ManualClock', () => {
  it('stands still until it is moved, forward or backward', () => {
    const clock = new ManualClock('2024-03-10T01:59:58Z');
    const start = clock.now();

    expect(clock.now()).toBe(Date.UTC(2024, 2, 10, 1, 59, 58));
    clock.advance(2000);
    expect(clock.now()).toBe(start + 2000);
    clock.advance(-5000);
    expect(clock.now()).toBe(start - 3000);
    clock.set(new Date(1));
    expect(clock.now()).toBe(1);
  });

  it('refuses a value that is not a time', () => {
    expect(() => new ManualClock('soon')).toThrow('ManualClock: "soon" is not a time.');
  });
});
