/** The behaviour of handlers in every cell, and the bytes that the target gets while a request is running. */
import { EventEmitter } from 'node:events';
import { getLogger, JsonFormatter, stats, StreamHandler } from 'nestjs-hindsight/logging';

const log = getLogger('shop');
const chunks = [];

/** Tells the client of a request about the progress of the server. */
export const progress = new EventEmitter();

/** Work that continues after its handler, and Errors that reached the process. */
export const floating = { pending: 0, strays: [] };

for (const event of ['unhandledRejection', 'uncaughtException']) {
  process.on(event, (error) => {
    if (floating.pending > 0) floating.pending--;
    else floating.strays.push(String(error?.stack ?? error));
  });
}

/** A handler is closed with its application, so each application has its own. */
export function newTarget() {
  const stream = { write: (text) => chunks.push(String(text)) > 0 };
  return new StreamHandler(stream, { formatter: new JsonFormatter() });
}

/** The first middleware of each application. */
export function arrive(_request, _response, next) {
  log.debug('arrived');
  log.info('passing');
  next();
  progress.emit('arrived');
}

export function say(message = 'failing') {
  log.debug(message);
}

export function broken(fields) {
  say();
  return Object.assign(new Error('it broke'), fields);
}

export function fail(fields) {
  throw broken(fields);
}

export function logError(message, ...args) {
  log.error(message, ...args);
}

export async function later() {
  await new Promise((resolve) => setImmediate(resolve));
}

/** Tells the client to disconnect, and waits until it has disconnected. */
export async function untilClientLeft(response) {
  const raw = response.raw ?? response;
  const closed = new Promise((resolve) => raw.once('close', resolve));
  progress.emit('at work');
  await closed;
  // The scope must still be open, because the handler has not ended.
  await later();
}

export function rejectLater() {
  floating.pending++;
  setImmediate(() => void Promise.reject(broken()));
}

export function throwLater() {
  floating.pending++;
  setTimeout(fail, 5);
}

export function circular() {
  say();
  const answer = {};
  answer.self = answer;
  return answer;
}

export async function* twoParts() {
  yield Buffer.from('first ');
  await later();
  say();
  yield Buffer.from('second');
}

/** Waits until the client has disconnected. */
export async function* endless() {
  for (let parts = 1; ; parts++) {
    yield Buffer.from('part');
    say();
    await new Promise((resolve) => setTimeout(resolve, 5));
    // Once, so that no other client disconnects.
    if (parts === 3) progress.emit('at work');
  }
}

export async function* partThenError() {
  yield Buffer.from('first ');
  // The client has got the first byte.
  await new Promise((resolve) => setTimeout(resolve, 10));
  fail();
}

export async function until(condition, what) {
  const end = Date.now() + 10_000;
  while (!condition()) {
    if (Date.now() > end) throw new Error(`waited too long for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

function messageOf({ error, message }) {
  if (error === undefined) return message;
  if (error.stack === undefined) return JSON.stringify(error.value ?? error.message);
  // V8 explains a circular structure on further lines.
  const [first] = error.message.split('\n');
  return error.stack.includes('\n    at ') ? `!${first}` : `no stack: ${first}`;
}

function lineOf(record) {
  return `${record.hindsight === undefined ? '' : '* '}${record.level} ${messageOf(record)}`;
}

const isRequestRecord = ({ logger, method }) => logger === 'http' && method !== undefined;
/** The INFO records of each request, and the heading of a dump. */
const isExpected = ({ message, hindsight }) => message === 'passing' || hindsight?.dump !== undefined;

/** Sends one request and returns the answer of the client and the written records. */
export async function observe(name, send) {
  chunks.length = 0;
  const before = stats().scopes;
  const answer = await send();
  await until(() => {
    const { opened, live } = stats().scopes;
    return opened > before.opened && live === before.live && floating.pending === 0;
  }, name);
  const text = chunks.join('');
  const records = text.split('\n').filter(Boolean).map(JSON.parse);
  const ends = records.filter(isRequestRecord);
  const others = records.filter((record) => !isRequestRecord(record) && !isExpected(record));
  return {
    ...answer,
    lines: others.map(lineOf),
    passing: records.filter(({ message }) => message === 'passing').length,
    ends: ends.map(({ status = null, aborted = false, route = null }) => ({ status, aborted, route })),
    bytesBelowInfo: records
      .filter(({ level }) => level === 'DEBUG')
      .map(JSON.stringify)
      .join('').length,
    ids: [...new Set(records.map(({ requestId }) => requestId))],
  };
}
