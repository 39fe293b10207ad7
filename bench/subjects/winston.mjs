/** winston's File transport, which queues in memory and writes asynchronously. winston has no synchronous transport. */
import { format } from 'winston';
import { closeWinston, fileLogger } from '../harness/winston-file.mjs';

export const title = 'winston';

const TEXT = format.combine(
  format.splat(),
  format.timestamp(),
  format.printf(
    ({ timestamp, level, message }) => `${String(timestamp)} ${level} shop.orders ${String(message)}`,
  ),
);

function open(layout, log) {
  return (file) => {
    const logger = fileLogger(file, 'info', layout);
    return { log: (i) => log(logger, i), close: () => closeWinston(logger) };
  };
}

export const emitters = {
  'json batched': open(undefined, (logger, i) =>
    logger.info('order packed', { orderId: i, user: 'u-4711', ms: 12.5 }),
  ),
  'text batched': open(TEXT, (logger, i) => logger.info('order o-%d packed in %d ms', i, 12)),
};

export function disabled() {
  const logger = fileLogger('/dev/null');
  return (i) => logger.debug('order %s step %d', 'o-1', i);
}
