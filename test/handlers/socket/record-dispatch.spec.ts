import { describe, expect, it } from 'vitest';
import { Manager } from '../../../lib/core/manager';
import { RecordDispatch } from '../../../lib/handlers/socket/record-dispatch';
import { CollectingHandler } from '../../../lib/testing';
import { some } from '../../support/some';

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
