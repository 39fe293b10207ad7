/**
 * The ideal, with what a logging package cannot be without: a whole record of each call, of which any handler can print any
 * field; levels, filters and a list of handlers; a handler that fails, or that logs while it writes, and does no harm; an Error
 * and an object of fields among the arguments; the message made of the template when it is printed; values that may hold a line
 * break or a quote. Where records are kept: the look-up of the scope in each call, copies of objects among the arguments, the
 * order of the records, and, in a dump, a mark on each, a limit of its length, and a limit of all that is dumped in a second.
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

class Record {
  constructor(name, levelno, msg, args, created) {
    this.name = name;
    this.levelno = levelno;
    this.msg = msg;
    this.args = args;
    this.created = created;
    this.scope = undefined;
    this.seq = 0;
    this.details = undefined;
  }
}

/** What a log call comes to: made once, since every handler asks for it. */
function resolve(record) {
  const { args } = record;
  let end = args.length;
  const last = args[end - 1];
  const extra = typeof last === 'object' && last !== null && isPlain(last) ? last : undefined;
  if (extra !== undefined) end--;
  const error = args[end - 1] instanceof Error ? args[end - 1] : undefined;
  if (error !== undefined) end--;
  return { extra, error, text: messageOf(record, end) };
}

function isPlain(value) {
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

class Handler {
  level = 0;
  filters = [];
  #emitting = false;
  #emit;

  constructor(emit) {
    this.#emit = emit;
  }

  handle(record) {
    for (const filter of this.filters) if (!filter(record)) return;
    if (this.#emitting) return;
    this.#emitting = true;
    try {
      this.#emit(record);
    } catch (error) {
      process.stderr.write(`${error}\n`);
    } finally {
      this.#emitting = false;
    }
  }
}

class Logger {
  name = 'shop.orders';
  level = 20;
  filters = [];
  handlers;

  constructor(handlers, level) {
    this.handlers = handlers;
    this.level = level;
  }

  log(levelno, msg, args) {
    if (levelno < this.level) return;
    const record = new Record(this.name, levelno, msg, args, Date.now() / 1000);
    record.scope = storage.getStore();
    for (const filter of this.filters) if (!filter(record)) return;
    for (const handler of this.handlers) if (levelno >= handler.level) handler.handle(record);
  }

  debug(msg, ...args) {
    this.log(10, msg, args);
  }

  info(msg, ...args) {
    this.log(20, msg, args);
  }
}

/** The message, with its placeholders `%s` and `%d` filled in one after the other. */
function messageOf({ msg, args }, count) {
  let text = '';
  let from = 0;
  for (let i = 0; i < count; i++) {
    const at = msg.indexOf('%', from);
    const isText = msg.charCodeAt(at + 1) === 115;
    const value = args[i];
    text += msg.slice(from, at) + (isText || typeof value === 'number' ? value : Number(value));
    from = at + 2;
  }
  return text + msg.slice(from);
}

const textValue = (text) => (UNSAFE_IN_TEXT.test(text) ? JSON.stringify(text) : text);
const jsonText = (text) => (UNSAFE_IN_JSON.test(text) ? JSON.stringify(text) : `"${text}"`);

function textLine(record) {
  const message = textValue(resolve(record).text);
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
  const { seq, details } = record;
  const { extra, text } = resolve(record);
  let line = `{"time":"${isoTime(Math.round(record.created * 1000))}","level":"${LEVELS.get(record.levelno)}","logger":"${record.name}","message":${jsonText(text)}`;
  for (const key in extra) if (Object.hasOwn(extra, key)) line += keyText(key) + jsonValue(extra[key]);
  if (details !== undefined) line += `,"seq":${seq},"hindsight":${details.text}`;
  return `${line}}\n`;
}

function emitter(open, format, log) {
  return (file) => {
    const out = open(file);
    const logger = new Logger([new Handler((record) => out.write(format(record)))], 20);
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

/** Longest message of a dump, and how many characters of them a second. */
const MAX_LENGTH = 8192;
const MAX_A_SECOND = 1e12;

function hold(record) {
  const { scope, args } = record;
  record.seq = ++scope.seq;
  for (let i = 0; i < args.length; i++) if (typeof args[i] === 'object') args[i] = structuredClone(args[i]);
  scope.records.push(record);
}

/** An upper limit of the length of a message, without making it. */
function longest({ msg, args }) {
  let length = msg.length;
  for (let i = 0; i < args.length; i++) length += typeof args[i] === 'string' ? args[i].length : 25;
  return length;
}

let units = 0;
let written = 0;

export function buffer(file) {
  const out = batchedFile(file);
  const target = new Handler((record) => out.write(jsonLine(record)));
  const logger = new Logger([new Handler(hold)], 10);
  const fill = (count) => {
    for (let i = 0; i < count; i++) logger.debug('order %s step %d', 'o-1', i);
  };
  const fail = (count) => {
    fill(count);
    throw new Error('order lost');
  };
  const open = () => ({ id: `call-${++units}`, seq: 0, records: [], settled: false });
  const dump = (record, details) => {
    const length = longest(record);
    if (length > MAX_LENGTH || written > MAX_A_SECOND) return;
    written += length;
    record.details = details;
    target.handle(record);
  };
  const dumpAll = (scope, { name, message, stack }) => {
    const details = { text: `{"scope":"${scope.id}","reason":"error"}` };
    for (const record of scope.records) dump(record, details);
    const error = JSON.stringify({ type: name, message, stack });
    out.write(`{"time":"${isoTime(Date.now())}","level":"ERROR","error":${error}}\n`);
  };
  return {
    unit(count, failed) {
      const scope = open();
      try {
        storage.run(scope, failed ? fail : fill, count);
      } catch (error) {
        dumpAll(scope, error);
      }
      scope.settled = true;
      scope.records = undefined;
    },
    hold(count) {
      const scope = open();
      storage.run(scope, fill, count);
      return scope;
    },
    close: out.close,
  };
}
