/** The failures of requests, by the name of the route. Only `slow` and `late` answer. */
import { EventEmitter } from 'node:events';
import { readFile } from 'node:fs';
import { connect } from 'node:net';

function boom() {
  throw new Error('boom');
}

async function pause(ms = 1) {
  await new Promise((resolve) => setTimeout(resolve, ms));
}

export const faults = {
  hang() {},
  slow({ answer }) {
    setTimeout(() => answer(), 100);
  },

  timer() {
    setTimeout(boom, 1);
  },
  immediate() {
    setImmediate(boom);
  },
  tick() {
    process.nextTick(boom);
  },
  microtask() {
    queueMicrotask(boom);
  },
  callback() {
    readFile(import.meta.filename, boom);
  },
  listener() {
    const emitter = new EventEmitter().on('sold', boom);
    setTimeout(() => emitter.emit('sold'), 1);
  },
  emitter() {
    setTimeout(() => new EventEmitter().emit('error', new Error('boom')), 1);
  },
  socket() {
    connect(1, '127.0.0.1');
  },
  nothing() {
    // Other values than Errors can be thrown, and crash the process, too.
    // oxlint-disable-next-line no-throw-literal, typescript/only-throw-error
    setTimeout(() => {
      throw undefined;
    }, 1);
  },
  text() {
    // oxlint-disable-next-line no-throw-literal, typescript/only-throw-error
    setTimeout(() => {
      throw 'boom';
    }, 1);
  },
  late({ response, answer }) {
    response.on('close', () => setTimeout(boom, 20));
    answer();
  },
  big({ log }) {
    for (let i = 0; i < 6000; i++) log.debug(`record ${i}`);
    setTimeout(boom, 1);
  },
  handled({ log }) {
    setTimeout(boom, 1);
    setTimeout(() => log.debug('the request goes on'), 30);
  },

  rejection() {
    void Promise.reject(new Error('boom'));
  },
  async awaited() {
    await pause();
    boom();
  },

  exit0() {
    process.exit(0);
  },
  async exit3() {
    await pause();
    process.exit(3);
  },
  exitCode() {
    process.exitCode = 4;
    process.exit();
  },
  exitBig({ log }) {
    for (let i = 0; i < 6000; i++) log.debug(`record ${i}`);
    process.exit(3);
  },
  answered({ response, answer }) {
    response.on('finish', () => process.exit(3));
    answer();
  },
  answeredWith500({ response }) {
    response.on('finish', () => process.exit(3));
    response.statusCode = 500;
    response.end('sorry');
  },

  async job({ jobs }) {
    await jobs.nightly();
  },
  async nested({ scope, log }) {
    await scope('outer', async () => {
      const sibling = scope('sibling', async () => pause(10_000));
      await scope('inner', async () => {
        setTimeout(boom, 1);
        await pause(10_000);
      });
      await sibling;
      log.debug('never');
    });
  },
  async nestedExit({ scope }) {
    await scope('outer', async () => {
      void scope('sibling', async () => pause(10_000));
      await scope('inner', async () => {
        await pause();
        process.exit(3);
      });
    });
  },
};
