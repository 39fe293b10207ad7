/** pino with and without its worker thread. */
import { once } from 'node:events';
import { pino } from 'pino';

export const title = 'pino';

function logTo(stream) {
  const logger = pino({ name: 'shop.orders' }, stream);
  return (i) => logger.info({ orderId: i, user: 'u-4711', ms: 12.5 }, 'order packed');
}

async function end(stream) {
  const closed = once(stream, 'close');
  stream.end();
  await closed;
}

export const queues = {
  'pino, no transport': (file) => {
    const stream = pino.destination({ dest: file, sync: true });
    return { log: logTo(stream), close: () => end(stream) };
  },
  'pino transport': async (file) => {
    const stream = pino.transport({ target: 'pino/file', options: { destination: file } });
    // The thread of pino does not keep the process alive.
    const alive = setInterval(() => {}, 1000);
    await once(stream, 'ready');
    return { log: logTo(stream), close: () => end(stream).finally(() => clearInterval(alive)) };
  },
};
