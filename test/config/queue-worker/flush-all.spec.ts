import { describe, expect, it } from 'vitest';
import { flushAll } from '../../../lib/config/queue-worker/flush-all';
import { SharedRing } from '../../../lib/queues/worker/shared-ring';
import { CollectingHandler } from '../../../lib/testing';
import { capturedStderr } from '../../support/captured-stderr';

describe('flushAll', () => {
  it('waits until what is in the ring was handled, and then for each handler', async () => {
    const ring = SharedRing.ofBytes(1024);
    ring.write('a');
    const order: string[] = [];
    const handler = new CollectingHandler();
    handler.flush = () => void order.push('flush');

    const flushed = flushAll(ring, [handler]).then(() => order.push('flushed'));
    await new Promise(setImmediate);
    ring.write('later');
    ring.skip();
    order.push('handled');
    await flushed;

    expect(order).toEqual(['handled', 'flush', 'flushed']);
  });

  it('reports a handler that cannot be flushed', async () => {
    const stderr = capturedStderr();
    class UnflushableHandler extends CollectingHandler {
      override flush(): Promise<void> {
        return Promise.reject(new Error('disk full'));
      }
    }

    await flushAll(SharedRing.ofBytes(1024), [new UnflushableHandler()]);

    expect(stderr.text).toContain('the flush failed: Error: disk full');
  });
});
