/** log4js: its `file` appender (asynchronous) and its `fileSync` appender. */
import { promisify } from 'node:util';
import log4js from 'log4js';

export const title = 'log4js';

log4js.addLayout(
  'fields',
  () =>
    ({ startTime, level, categoryName, data: [message, fields] }) =>
      JSON.stringify({ time: startTime, level: level.levelStr, name: categoryName, message, ...fields }),
);

function open(type, layout, log) {
  return (file) => {
    log4js.configure({
      appenders: { file: { type, filename: file, layout: { type: layout } } },
      categories: { default: { appenders: ['file'], level: 'info' } },
    });
    const logger = log4js.getLogger('shop.orders');
    return { log: (i) => log(logger, i), close: promisify(log4js.shutdown) };
  };
}

const json = (logger, i) => logger.info('order packed', { orderId: i, user: 'u-4711', ms: 12.5 });
const text = (logger, i) => logger.info('order o-%d packed in %d ms', i, 12);

export const emitters = {
  'json batched': open('file', 'fields', json),
  'json on return': open('fileSync', 'fields', json),
  'text batched': open('file', 'basic', text),
  'text on return': open('fileSync', 'basic', text),
};

export function disabled() {
  log4js.configure({
    appenders: { none: { type: 'file', filename: '/dev/null' } },
    categories: { default: { appenders: ['none'], level: 'info' } },
  });
  const logger = log4js.getLogger('shop.orders');
  return (i) => logger.debug('order %s step %d', 'o-1', i);
}
