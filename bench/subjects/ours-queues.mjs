/** nestjs-hindsight with and without a queue between the logger and its file. */
import {
  FileHandler,
  InMemoryQueue,
  JsonFormatter,
  Manager,
  QueueHandler,
  QueueListener,
  WorkerQueue,
} from 'nestjs-hindsight/logging';

export const title = 'ours';

function logTo(handler) {
  const manager = new Manager();
  manager.root.setLevel('INFO');
  manager.root.addHandler(handler);
  const logger = manager.getLogger('shop.orders');
  return (i) => logger.info('order packed', { orderId: i, user: 'u-4711', ms: 12.5 });
}

const fileHandler = (file) => new FileHandler(file, { formatter: new JsonFormatter() });

export const queues = {
  'FileHandler, no queue': (file) => {
    const handler = fileHandler(file);
    return { log: logTo(handler), close: () => handler.close() };
  },
  InMemoryQueue: (file) => {
    const queue = new InMemoryQueue();
    const handler = fileHandler(file);
    const listener = new QueueListener(queue, [handler]).start();
    return {
      log: logTo(new QueueHandler(queue)),
      async close() {
        await listener.stop();
        await handler.close();
      },
    };
  },
  WorkerQueue: async (file) => {
    const queue = new WorkerQueue({
      handlers: { file: { class: 'FileHandler', filename: file, formatter: 'json' } },
    });
    await queue.ready();
    return { log: logTo(new QueueHandler(queue)), close: () => queue.close() };
  },
};
