/** The file handlers of nestjs-hindsight. */
import { join } from 'node:path';
import {
  FileHandler,
  Formatter,
  JsonFormatter,
  makeLogRecord,
  Manager,
  RotatingFileHandler,
  TimedRotatingFileHandler,
  WatchedFileHandler,
} from 'nestjs-hindsight/logging';

export const title = 'ours';

/** A limit that no run reaches. */
const FAR_LIMIT = 1e12;
const KEPT = 10_000;

const HANDLERS = {
  FileHandler: (file, options) => new FileHandler(file, options),
  RotatingFileHandler: (file, { maxBytes = FAR_LIMIT, ...options }) =>
    new RotatingFileHandler(file, { ...options, maxBytes, backupCount: KEPT, compress: 'gzip' }),
  TimedRotatingFileHandler: (file, options) =>
    new TimedRotatingFileHandler(file, { ...options, when: 'midnight', backupCount: KEPT, compress: 'gzip' }),
  WatchedFileHandler: (file, options) => new WatchedFileHandler(file, options),
  'WatchedFileHandler, 1 ms': (file, options) =>
    new WatchedFileHandler(file, { ...options, checkIntervalMs: 1 }),
};

/** One template string, which costs almost nothing compared with the handler. */
class CountedLine extends Formatter {
  #next = 0;

  format() {
    return `order o-${this.#next++}`;
  }
}

export const rotating = {
  'bare line': (directory, { kind }) => {
    const handler = HANDLERS[kind](join(directory, 'app.log'), { formatter: new CountedLine() });
    const record = makeLogRecord({ name: 'shop.orders', levelno: 20, msg: '' });
    return { log: () => handler.handle(record), close: () => handler.close() };
  },
  'JSON line': (directory, { kind, maxBytes }) => {
    const options = { formatter: new JsonFormatter(), ...(maxBytes === undefined ? {} : { maxBytes }) };
    const handler = HANDLERS[kind](join(directory, 'app.log'), options);
    const manager = new Manager();
    manager.root.setLevel('INFO');
    manager.root.addHandler(handler);
    const logger = manager.getLogger('shop.orders');
    return {
      log: (i) => logger.info('order packed', { orderId: i, user: 'u-4711', ms: 12.5 }),
      close: () => handler.close(),
    };
  },
};
