/** log4js: its `dateFile` appender, which also rotates by size. */
import { join } from 'node:path';
import { promisify } from 'node:util';
import log4js from 'log4js';

export const title = 'log4js dateFile';

log4js.addLayout(
  'fields',
  () =>
    ({ startTime, level, categoryName, data: [message, fields] }) =>
      JSON.stringify({ time: startTime, level: level.levelStr, name: categoryName, message, ...fields }),
);

export const rotating = {
  'JSON line': (directory, { maxBytes: maxLogSize }) => {
    const filename = join(directory, 'app.log');
    const limits = {
      numBackups: 10_000,
      compress: true,
      ...(maxLogSize === undefined ? {} : { maxLogSize }),
    };
    log4js.configure({
      appenders: { file: { type: 'dateFile', filename, ...limits, layout: { type: 'fields' } } },
      categories: { default: { appenders: ['file'], level: 'info' } },
    });
    const logger = log4js.getLogger('shop.orders');
    return {
      log: (i) => logger.info('order packed', { orderId: i, user: 'u-4711', ms: 12.5 }),
      close: promisify(log4js.shutdown),
    };
  },
};
