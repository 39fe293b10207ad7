/** The handlers of this package that send over a network. */
import { Manager, SocketHandler, SysLogHandler } from 'nestjs-hindsight/logging';

/** A benchmark logs faster than any peer reads, so the queue must be large enough for all records. */
const QUEUE = { maxQueued: 1_000_000, maxQueuedBytes: 1e9, flushTimeout: 60 };

function opened(handler) {
  const logger = new Manager().getLogger('shop.orders');
  logger.setLevel('INFO');
  logger.addHandler(handler);
  return {
    log: (i) => logger.info('order o-%d packed in %d ms', i, 12),
    flush: () => handler.flush(),
    close: () => handler.close(),
  };
}

export function network({ variant, host, port, kind }) {
  if (variant.startsWith('pickles')) return opened(new SocketHandler(host, port, QUEUE));
  const socktype = kind === 'udp' ? 'dgram' : 'stream';
  return opened(new SysLogHandler({ ...QUEUE, address: [host, port], socktype }));
}
