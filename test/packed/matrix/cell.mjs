/** What handlers do in every cell, and what is written while a request is under way: the bytes that the target is given. */
import { EventEmitter } from 'node:events';
import { getLogger, JsonFormatter, stats, StreamHandler } from 'nestjs-hindsight/logging';

const log = getLogger('shop');
const chunks = [];

/** Tells the client of a request how far the server is. */
export const progress = new EventEmitter();

/** Work that outlives its handler, and what the process was told of that nobody started. */
export const floating = { pending: 0, strays: [] };

for (const event of ['unhandledRejection', 'uncaughtException']) {
  process.on(event, (error) => {
    if (floating.pending > 0) floating.pending--;
    else floating.strays.push(String(error?.stack ?? error));
  });
}

/** A handler is closed with its application: each one has its own. */
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

/** Tells the client that it may go, and waits until it has gone. */
export async function untilClientLeft(response) {
  const raw = response.raw ?? response;
  const closed = new Promise((resolve) => raw.once('close', resolve));
  progress.emit('at work');
  await closed;
  // The scope must still be open: the handler is not done.
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

/** Until the client has gone. */
export async function* endless() {
  for (let parts = 1; ; parts++) {
    yield Buffer.from('part');
    say();
    await new Promise((resolve) => setTimeout(resolve, 5));
    // Once: nobody else's client must go.
    if (parts === 3) progress.emit('at work');
  }
}

export async function* partThenError() {
  yield Buffer.from('first ');
  // The client has got it: what follows comes after the first byte.
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
/** What each request logs at INFO, and the line that heads a dump. */
const isExpected = ({ message, hindsight }) => message === 'passing' || hindsight?.dump !== undefined;

/** Sends one request and returns what the client got and what was written for it. */
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
