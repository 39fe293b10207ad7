/** The logging of a service: with the package, or without it for comparison. */
import { AsyncLocalStorage } from 'node:async_hooks';

export async function open(setup) {
  return setup.hasPackage ? withLibrary(setup) : CONTROL;
}

const silent = { debug() {}, info() {} };

/** With the first AsyncLocalStorage of a process, Node adds a frame to some stacks. */
const context = new AsyncLocalStorage();

const CONTROL = {
  middleware: (_request, _response, next) => context.run({}, next),
  log: silent,
  logIfErrors: (fn) => fn,
  scope: async (_name, fn) => fn(),
  shutDown: async () => {},
};

async function withLibrary({ target, file, port, scope: options = {}, predicate }) {
  const logging = await import('nestjs-hindsight/logging');
  const log = logging.getLogger('shop');
  const handler = makeTarget[target](logging, { file, port });
  return {
    log,
    handler: await handler,
    options: predicate === 'throws' ? { ...options, ...throwing } : options,
    // Read when it is used, because the logger gets its handler later.
    logIfErrors: (fn) => logging.logIfErrors(log)(fn),
    scope: async (name, fn) =>
      logging.runInScope({}, async () => {
        log.debug(`in ${name}`);
        return fn();
      }),
    shutDown: logging.shutdown,
  };
}

const throwing = {
  flushOn() {
    throw new Error('a predicate');
  },
  onDump() {
    throw new Error('a hook');
  },
};

const makeTarget = {
  file: ({ FileHandler, JsonFormatter }, { file }) =>
    new FileHandler(file, { formatter: new JsonFormatter() }),
  buffer: ({ FileHandler, JsonFormatter }, { file }) =>
    new FileHandler(file, { formatter: new JsonFormatter(), buffer: { intervalMs: 60_000 } }),
  turn: ({ FileHandler, JsonFormatter }, { file }) =>
    new FileHandler(file, { formatter: new JsonFormatter(), buffer: 'turn' }),
  memory(logging, place) {
    return new logging.MemoryHandler(1000, {
      flushLevel: 'CRITICAL',
      target: makeTarget.file(logging, place),
    });
  },
  queue(logging, place) {
    const queue = new logging.InMemoryQueue();
    globalThis.listener = new logging.QueueListener(queue, [makeTarget.buffer(logging, place)]).start();
    return new logging.QueueHandler(queue);
  },
  async worker({ QueueHandler, WorkerQueue }, { file }) {
    const queue = new WorkerQueue({
      handlers: { file: { class: 'FileHandler', filename: file, formatter: 'json' } },
    });
    await queue.ready();
    return new QueueHandler(queue);
  },
  socket({ JsonFormatter, SocketHandler }, { port }) {
    const json = new JsonFormatter();
    return new SocketHandler('127.0.0.1', port, {
      serializer: (record) => Buffer.from(`${json.format(record)}\n`),
    });
  },
};
