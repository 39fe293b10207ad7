import { describe, expect, it } from 'vitest';
import { TreeListener } from '../../lib/cli/tree-listener';
import { Manager } from '../../lib/core/manager';
import { InMemoryQueue, QueuedRecord } from '../../lib/queues';
import { CollectingHandler } from '../../lib/testing';

interface Trial {
  readonly manager: Manager;
  readonly root: CollectingHandler;
  readonly audit: CollectingHandler;
  readonly listener: TreeListener;
}

function make(): Trial {
  const manager = new Manager();
  const [root, audit] = [new CollectingHandler(), new CollectingHandler({ name: 'audit' })];
  manager.root.setLevel('CRITICAL');
  manager.root.addHandler(root);
  manager.getLogger('shop.orders').addHandler(audit);
  return { manager, root, audit, listener: new TreeListener(new InMemoryQueue(), [root, audit], manager) };
}

function record(name: string, to?: string): QueuedRecord {
  const made = new QueuedRecord(name, 10, 'a message', [], 0);
  if (to !== undefined) made.to = to;
  return made;
}

describe('TreeListener', () => {
  it('hands a record to the logger of its name and those above, whatever their levels', () => {
    const { root, audit, listener } = make();
    listener.handle(record('shop.orders'));
    listener.handle(record('billing'));

    expect(root.records.map(({ name }) => name)).toEqual(['shop.orders', 'billing']);
    expect(audit.records.map(({ name }) => name)).toEqual(['shop.orders']);
  });

  it('takes the nearest logger above for a name that nobody configured, and makes none', () => {
    const { manager, audit, listener } = make();
    listener.handle(record('shop.orders.packing.7'));
    listener.handle(record('shop.ordersOfOthers'));

    expect(audit.records.map(({ name }) => name)).toEqual(['shop.orders.packing.7']);
    expect([...manager.loggers.keys()]).toEqual(['shop.orders']);
  });

  it('hands a record that is for one handler to that handler alone', () => {
    const { root, audit, listener } = make();
    listener.handle(record('billing', 'audit'));

    expect([root.records.length, audit.records.length]).toEqual([0, 1]);
    expect(() => listener.handle(record('billing', 'mail'))).toThrow(
      'the record is for the handler "mail", which is not configured',
    );
    void audit.close();
  });
});
