/** nestjs-hindsight. */
import {
  FileHandler,
  Formatter,
  HindsightHandler,
  JsonFormatter,
  Manager,
  runInScope,
} from 'nestjs-hindsight/logging';

export const title = 'ours';

const JSON_LINES = () => new JsonFormatter();
const TEXT = () => new Formatter('%(asctime)s %(levelname)s %(name)s %(message)s');
const BATCHED = { buffer: {} };

/** The handler is on the root logger, as in most applications. */
function loggerTo(handler, level) {
  const manager = new Manager();
  manager.root.setLevel(level);
  manager.root.addHandler(handler);
  return manager.getLogger('shop.orders');
}

function open(formatter, options, log) {
  return (file) => {
    const handler = new FileHandler(file, { formatter: formatter(), ...options });
    const logger = loggerTo(handler, 'INFO');
    return { log: (i) => log(logger, i), close: () => handler.close() };
  };
}

const json = (logger, i) => logger.info('order packed', { orderId: i, user: 'u-4711', ms: 12.5 });
const text = (logger, i) => logger.info('order o-%d packed in %d ms', i, 12);

export const emitters = {
  'json batched': open(JSON_LINES, BATCHED, json),
  'json on return': open(JSON_LINES, {}, json),
  'text batched': open(TEXT, BATCHED, text),
  'text on return': open(TEXT, {}, text),
};

export function disabled() {
  const logger = loggerTo(new FileHandler('/dev/null'), 'INFO');
  return (i) => logger.debug('order %s step %d', 'o-1', i);
}

export function buffer(file) {
  const target = new FileHandler(file, { formatter: JSON_LINES(), ...BATCHED });
  const logger = loggerTo(new HindsightHandler(target), 'DEBUG');
  // Every failure is dumped, without headings, because the bench counts the lines.
  const options = { manager: logger.manager, dumpRecord: false, maxDumpsPerSecond: false };
  const fill = (count) => {
    for (let i = 0; i < count; i++) logger.debug('order %s step %d', 'o-1', i);
  };
  const fail = (count) => {
    fill(count);
    throw new Error('order lost');
  };
  return {
    unit(count, failed) {
      try {
        runInScope(options, () => (failed ? fail : fill)(count));
      } catch {
        // The Error of the unit of work, which its scope has written.
      }
    },
    hold(count) {
      let release;
      const running = new Promise((resolve) => (release = resolve));
      void runInScope(options, () => {
        fill(count);
        return running;
      });
      return release;
    },
    async close() {
      await target.close();
    },
  };
}
