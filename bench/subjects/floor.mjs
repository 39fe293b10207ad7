/**
 * The ideal, with the necessary parts of a logging package: a whole record of each call, so that any handler can print any field;
 * levels and a list of handlers; messages that are formatted when they are printed; values that may contain a line break or a
 * quote; and for held records a lookup of the scope in each call, their numbers, and a mark on dumped records.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { batchedFile, directFile } from '../harness/batched-file.mjs';
import { isoTime } from '../harness/iso-time.mjs';

export const title = 'floor';

const UNSAFE_IN_TEXT = /[\0-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029\u200b-\u200f\u202a-\u202e]/;
const UNSAFE_IN_JSON = /["\\\0-\x1f\ud800-\udfff\x7f-\x9f\u2028\u2029\u200b-\u200f\u202a-\u202e]/;
const LEVELS = new Map([
  [10, 'DEBUG'],
  [20, 'INFO'],
  [40, 'ERROR'],
]);

const storage = new AsyncLocalStorage();

class Logger {
  name = 'shop.orders';
  level = 20;
  handlers;

  constructor(handlers, level) {
    this.handlers = handlers;
    this.level = level;
  }

  log(levelno, msg, args) {
    if (levelno < this.level) return;
    const scope = storage.getStore();
    const { name } = this;
    const created = Date.now() / 1000;
    const record = { name, levelno, msg, args, created, scope, seq: 0, details: undefined };
    for (const handler of this.handlers) if (levelno >= handler.level) handler.handle(record);
  }

  debug(msg, ...args) {
    this.log(10, msg, args);
  }

  info(msg, ...args) {
    this.log(20, msg, args);
  }
}

/** Fills in the placeholders of a message one after the other. */
function messageOf({ msg, args }, count) {
  let text = '';
  let from = 0;
  for (let i = 0; i < count; i++) {
    const at = msg.indexOf('%', from);
    text += msg.slice(from, at) + args[i];
    from = at + 2;
  }
  return text + msg.slice(from);
}

const textValue = (text) => (UNSAFE_IN_TEXT.test(text) ? JSON.stringify(text) : text);
const jsonText = (text) => (UNSAFE_IN_JSON.test(text) ? JSON.stringify(text) : `"${text}"`);

function textLine(record) {
  const message = textValue(messageOf(record, record.args.length));
  return `${isoTime(Math.round(record.created * 1000))} ${LEVELS.get(record.levelno)} ${record.name} ${message}\n`;
}

const keys = new Map();

function keyText(key) {
  let text = keys.get(key);
  if (text === undefined) keys.set(key, (text = `,${jsonText(key)}:`));
  return text;
}

function jsonValue(value) {
  if (typeof value === 'string') return jsonText(value);
  return typeof value === 'number' && Number.isFinite(value) ? String(value) : JSON.stringify(value);
}

function jsonLine(record) {
  const { args, seq, details } = record;
  const last = args.at(-1);
  const fields = typeof last === 'object' ? last : undefined;
  const message = jsonText(messageOf(record, fields === undefined ? args.length : args.length - 1));
  let line = `{"time":"${isoTime(Math.round(record.created * 1000))}","level":"${LEVELS.get(record.levelno)}","logger":"${record.name}","message":${message}`;
  for (const key in fields) line += keyText(key) + jsonValue(fields[key]);
  if (details !== undefined) line += `,"seq":${seq},"hindsight":${details.text}`;
  return `${line}}\n`;
}

function emitter(open, format, log) {
  return (file) => {
    const out = open(file);
    const logger = new Logger([{ level: 0, handle: (record) => out.write(format(record)) }], 20);
    return { log: (i) => log(logger, i), close: out.close };
  };
}

const json = (logger, i) => logger.info('order packed', { orderId: i, user: 'u-4711', ms: 12.5 });
const text = (logger, i) => logger.info('order o-%d packed in %d ms', i, 12);

export const emitters = {
  'json batched': emitter(batchedFile, jsonLine, json),
  'json on return': emitter(directFile, jsonLine, json),
  'text batched': emitter(batchedFile, textLine, text),
  'text on return': emitter(directFile, textLine, text),
};

function hold(record) {
  const { scope } = record;
  record.seq = ++scope.seq;
  scope.records.push(record);
}

let units = 0;

export function buffer(file) {
  const out = batchedFile(file);
  const logger = new Logger([{ level: 0, handle: hold }], 10);
  const fill = (count) => {
    for (let i = 0; i < count; i++) logger.debug('order %s step %d', 'o-1', i);
  };
  const run = (count) => {
    const scope = { id: `call-${++units}`, seq: 0, records: [], settled: false };
    storage.run(scope, fill, count);
    return scope;
  };
  const fail = (scope) => {
    const details = { text: `{"scope":"${scope.id}","reason":"error"}` };
    for (const record of scope.records) {
      record.details = details;
      out.write(jsonLine(record));
    }
    const error = { message: 'order lost', stack: new Error('order lost').stack };
    out.write(`{"time":"${isoTime(Date.now())}","level":"ERROR","error":${JSON.stringify(error)}}\n`);
  };
  return {
    unit(count, failed) {
      const scope = run(count);
      if (failed) fail(scope);
      scope.settled = true;
      scope.records = undefined;
    },
    hold: run,
    close: out.close,
  };
}
