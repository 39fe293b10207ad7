/** RedisStreamQueue of nestjs-hindsight. */
import {
  FileHandler,
  JsonFormatter,
  Manager,
  QueueHandler,
  QueueListener,
  RedisStreamQueue,
} from 'nestjs-hindsight/logging';
import { createClient } from 'redis';

export const title = 'ours';

function loggerTo(handler) {
  const manager = new Manager();
  manager.root.setLevel('INFO');
  manager.root.addHandler(handler);
  const logger = manager.getLogger('shop.orders');
  return (i) => logger.info('order packed', { orderId: i, user: 'u-4711', ms: 12.5 });
}

async function lengthOf(url) {
  const client = await createClient({ url }).connect();
  const length = await client.xLen('logs');
  await client.close();
  return length;
}

function sender(url, options) {
  const queue = new RedisStreamQueue({ url, ...options });
  const log = loggerTo(new QueueHandler(queue));
  return { queue, log, waiting: () => queue.size, flush: () => queue.flush() };
}

export const redis = {
  'FileHandler, no queue': (file) => {
    const handler = new FileHandler(file, { formatter: new JsonFormatter() });
    return { log: loggerTo(handler), waiting: () => 0, flush() {}, close: () => handler.close() };
  },
  'RedisStreamQueue, logging': (_file, url) => {
    const { queue, ...subject } = sender(url);
    return { ...subject, close: () => queue.close(), landed: () => lengthOf(url) };
  },
  'RedisStreamQueue, consuming': (file, url) => {
    const { queue, log, ...subject } = sender(url);
    const handler = new FileHandler(file, { formatter: new JsonFormatter() });
    const consumer = new RedisStreamQueue({ url, untilEmpty: true });
    return {
      ...subject,
      log,
      async fill(from, count) {
        for (let i = from; i < from + count; i++) {
          log(i);
          if (i % 500 === 499) await queue.flush();
        }
        await queue.close();
        return from + count;
      },
      async close() {
        const ended = new Promise((resolve) => {
          const take = consumer.dequeue.bind(consumer);
          consumer.dequeue = async (signal) => {
            const batch = await take(signal);
            if (batch === undefined) resolve();
            return batch;
          };
        });
        const listener = new QueueListener(consumer, [handler]).start();
        await ended;
        await listener.stop();
        await consumer.close();
        await handler.close();
      },
    };
  },
};
