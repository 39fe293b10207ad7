/** The hand-written minimum for the same work: the limit of the approach. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { format } from 'node:util';
import { batchedFile, directFile } from '../harness/batched-file.mjs';
import { isoTime } from '../harness/iso-time.mjs';

export const title = 'ideal';

function json(open) {
  return (file) => {
    const out = open(file);
    const log = (fields) =>
      out.write(
        `{"time":"${isoTime(Date.now())}","level":"INFO","name":"shop.orders","message":"order packed",${JSON.stringify(fields).slice(1)}\n`,
      );
    return { log: (i) => log({ orderId: i, user: 'u-4711', ms: 12.5 }), close: out.close };
  };
}

function text(open) {
  return (file) => {
    const out = open(file);
    const log = (message, id, ms) =>
      out.write(`${isoTime(Date.now())} INFO shop.orders ${format(message, id, ms)}\n`);
    return { log: (i) => log('order o-%d packed in %d ms', i, 12), close: out.close };
  };
}

export const emitters = {
  'json batched': json(batchedFile),
  'json on return': json(directFile),
  'text batched': text(batchedFile),
  'text on return': text(directFile),
};

class Logger {
  level = 20;
  kept = [];
  debug(message, id, step) {
    if (this.level > 10) return;
    this.kept.push({ message, id, step });
  }
}

export function disabled() {
  const logger = new Logger();
  return (i) => logger.debug('order %s step %d', 'o-1', i);
}

/** One array per unit of work. */
export function buffer(file) {
  const out = batchedFile(file);
  const storage = new AsyncLocalStorage();
  const push = (records, msg, ...args) =>
    records.push({ created: Date.now(), name: 'shop.orders', level: 10, msg, args });
  const fill = (count) => {
    const records = storage.getStore();
    for (let i = 0; i < count; i++) push(records, 'order %s step %d', 'o-1', i);
  };
  const line = ({ created, name, msg, args }, level) => {
    const message = JSON.stringify(format(msg, ...args));
    out.write(`{"time":"${isoTime(created)}","level":"${level}","name":"${name}","message":${message}}\n`);
  };
  const fail = (count) => {
    fill(count);
    throw new Error('order lost');
  };
  const dump = (records, { message, stack }) => {
    for (const record of records) line(record, 'DEBUG');
    const error = `"message":${JSON.stringify(message)},"stack":${JSON.stringify(stack)}`;
    out.write(`{"time":"${isoTime(Date.now())}","level":"ERROR",${error}}\n`);
  };
  return {
    unit(count, failed) {
      const records = [];
      try {
        storage.run(records, failed ? fail : fill, count);
      } catch (error) {
        dump(records, error);
      }
    },
    hold(count) {
      const records = [];
      storage.run(records, fill, count);
      return records;
    },
    close: out.close,
  };
}
