import { describe, expect, it } from 'vitest';
import { TreeHandler } from '../../../lib/config/queue-worker/tree.handler';
import { DEBUG, ERROR } from '../../../lib/core/level';
import { Manager } from '../../../lib/core/manager';
import { CollectingHandler } from '../../../lib/testing';
import { some } from '../../support/some';

describe('TreeHandler', () => {
  it('hands a record to the logger of its name, whatever the level of the logger', () => {
    const manager = new Manager();
    const seen = new CollectingHandler();
    manager.root.setLevel(ERROR);
    manager.getLogger('shop').addHandler(seen);

    new TreeHandler(manager).handle(some.record({ name: 'shop.orders', levelno: DEBUG, message: 'a' }));
    new TreeHandler(manager).handle(some.record({ name: 'elsewhere', message: 'b' }));

    expect(seen.messages).toEqual(['a']);
  });

  it('flushes all handlers of the thread', async () => {
    const flushed: string[] = [];
    const handler = new CollectingHandler();
    handler.flush = async () => void flushed.push('flushed');
    const tree = new TreeHandler(new Manager());

    await tree.flush();

    expect(flushed).toEqual(['flushed']);
    await Promise.all([handler.close(), tree.close()]);
  });
});
