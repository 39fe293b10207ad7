/** Nest's own ConsoleLogger. stdout is the file, so its lines are in the kernel when the call returns. */
import 'reflect-metadata';
import { ConsoleLogger } from '@nestjs/common';

export const title = 'Nest ConsoleLogger';

const logLevels = ['log', 'warn', 'error'];

function open(json, log) {
  return () => {
    const logger = new ConsoleLogger('shop.orders', { json, colors: false, logLevels });
    return { log: (i) => log(logger, i), close: () => {} };
  };
}

export const emitters = {
  'json on return': open(true, (logger, i) =>
    logger.log({ message: 'order packed', orderId: i, user: 'u-4711', ms: 12.5 }),
  ),
  'text on return': open(false, (logger, i) => logger.log(`order o-${i} packed in 12 ms`)),
};

export function disabled() {
  const logger = new ConsoleLogger('shop.orders', { json: true, logLevels });
  return (i) => logger.debug('order step', { id: 'o-1', i });
}
