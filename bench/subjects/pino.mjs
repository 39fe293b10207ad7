/** pino, with its synchronous destination; batched by `minLength`. Text is pino-pretty, in this process. */
import { finished } from 'node:stream/promises';
import { pino } from 'pino';
import pretty from 'pino-pretty';

export const title = 'pino';

/** The batch size in pino's docs, and the fastest. pino measures the waiting text at each line, so 64 KiB cost three times as much. */
const BATCH = 4096;

function destination(dest, minLength) {
  return pino.destination({ dest, minLength, sync: true });
}

async function end(stream) {
  stream.end();
  await new Promise((resolve) => stream.once('close', resolve));
}

function json(minLength) {
  return (file) => {
    const stream = destination(file, minLength);
    const logger = pino({ name: 'shop.orders' }, stream);
    return {
      log: (i) => logger.info({ orderId: i, user: 'u-4711', ms: 12.5 }, 'order packed'),
      close: () => end(stream),
    };
  };
}

function text(minLength) {
  return (file) => {
    const stream = destination(file, minLength);
    const prettified = pretty({ destination: stream, colorize: false });
    const logger = pino({ name: 'shop.orders' }, prettified);
    return {
      log: (i) => logger.info('order o-%d packed in %d ms', i, 12),
      async close() {
        const closed = new Promise((resolve) => stream.once('close', resolve));
        prettified.end();
        await finished(prettified, { readable: false });
        await closed;
      },
    };
  };
}

export const emitters = {
  'json batched': json(BATCH),
  'json on return': json(0),
  'text batched': text(BATCH),
  'text on return': text(0),
};

export function disabled() {
  const logger = pino({ level: 'info' }, destination('/dev/null', 0));
  return (i) => logger.debug('order %s step %d', 'o-1', i);
}
