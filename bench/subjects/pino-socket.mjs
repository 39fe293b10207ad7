/** pino with pino-socket, its transport for TCP, which sends from a worker thread. */
import { once } from 'node:events';
import pino from 'pino';

export async function network({ host, port }) {
  const options = { mode: 'tcp', address: host, port, reconnect: false };
  const transport = pino.transport({ target: 'pino-socket', options });
  await once(transport, 'ready');
  const logger = pino({ name: 'shop.orders' }, transport);
  return {
    log: (i) => logger.info('order o-%d packed in %d ms', i, 12),
    // Now the thread has the lines. The receiver reports when they have arrived.
    flush: () => transport.flushSync(),
    async close() {
      // The thread does not keep the process alive.
      const alive = setInterval(() => undefined, 1000);
      const closed = once(transport, 'close');
      transport.end();
      await closed;
      clearInterval(alive);
    },
  };
}
