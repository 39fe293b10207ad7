/** An application in a process of its own that logs to one handler, does as it is told, and watches its event loop. */
import type { DeliveryStats } from '../../lib/outbox/outage';
import { startChild, type Child } from './child';
import { until } from './until';

/**
 * Watches a timer. Between two of its turns the thread ran on a core (busy), waited for a core, which depends on the machine and
 * not on the program, or slept.
 */
const PROGRAM = `
const fs = require('node:fs');
const { Manager } = lib('core/manager');
const logger = new Manager().getLogger('app');
logger.setLevel('DEBUG');
// The time of the thread on a core, and its waiting time for a core, in ms.
const schedule = () => {
  try {
    const [ran, waited] = fs.readFileSync('/proc/thread-self/schedstat', 'latin1').split(' ');
    return { ran: Number(ran) / 1e6, waited: Number(waited) / 1e6 };
  } catch {
    return { ran: process.cpuUsage().user / 1e3, waited: 0 };
  }
};
const loop = { busyMs: 0, nextBusyMs: 0, asleepMs: 0, due: 0, last: schedule() };
const tick = () => {
  const now = performance.now();
  const { ran, waited } = schedule();
  const busy = ran - loop.last.ran;
  loop.nextBusyMs = Math.max(loop.nextBusyMs, Math.min(busy, loop.busyMs));
  loop.busyMs = Math.max(loop.busyMs, busy);
  loop.asleepMs = Math.max(loop.asleepMs, now - loop.due - busy - (waited - loop.last.waited));
  next5ms();
};
const next5ms = () => {
  loop.due = performance.now() + 5;
  loop.last = schedule();
  setTimeout(tick, 5).unref();
};
let next = 0;
let thrown = 0;
const pad = (size) => 'x'.repeat(size);
const log = (count, size) => {
  const text = pad(size);
  for (let at = 0; at < count; at++) {
    try {
      logger.info('record #%d# %s', next++, text);
    } catch {
      thrown++;
    }
  }
};
const turn = () => new Promise((resolve) => setImmediate(resolve));
const commands = {
  // In pieces, like requests, so that the loop itself does not block the event loop.
  async log(count, size = 20, everyMs = 0) {
    for (let left = count; left > 0; left -= 100) {
      log(Math.min(left, 100), size);
      await (everyMs === 0 ? turn() : new Promise((resolve) => setTimeout(resolve, everyMs)));
    }
  },
  async burst(count, size = 20) {
    log(count, size);
  },
  async flush() {
    await handler.flush();
  },
  async close() {
    await handler.close();
  },
  async watch() {
    next5ms();
  },
  async state() {
    return { emitted: next, thrown, busyMs: loop.busyMs, nextBusyMs: loop.nextBusyMs, asleepMs: loop.asleepMs, rss: process.memoryUsage().rss, ...handler.stats() };
  },
  // Then nothing else keeps the process alive.
  async leave() {
    process.disconnect();
  },
  async exit(count = 0) {
    log(count, 20);
    process.exit();
  },
};
logger.addHandler(handler);
process.on('message', async ({ id, name, args }) => {
  const result = await commands[name](...args);
  if (process.connected) process.send({ id, result });
});
process.send({ id: 0 });
`;

export interface AppState extends DeliveryStats {
  readonly emitted: number;
  /** Log calls that threw. */
  readonly thrown: number;
  /** Longest time on a core between two turns of the event loop since `watch`, in ms. */
  readonly busyMs: number;
  /** The second longest of these times. */
  readonly nextBusyMs: number;
  /** Longest time that a turn slept, in ms. */
  readonly asleepMs: number;
  readonly rss: number;
}

interface Answer {
  readonly id: number;
  readonly result?: unknown;
}

export class LoggingApp {
  readonly child: Child;
  readonly #answers = new Map<number, Answer>();
  #last = 0;

  constructor(child: Child) {
    this.child = child;
    child.process.on('message', (answer: Answer) => void this.#answers.set(answer.id, answer));
  }

  async ready(): Promise<void> {
    await until(() => this.#answers.has(0), { what: 'the application' });
  }

  /** Sends a command without waiting for its result. */
  tell(name: string, ...args: readonly number[]): number {
    const id = ++this.#last;
    this.child.process.send({ id, name, args });
    return id;
  }

  async ask(name: string, ...args: readonly number[]): Promise<unknown> {
    const id = this.tell(name, ...args);
    const answer = await until(() => this.#answers.get(id), { what: name, timeoutMs: 30_000 });
    return answer.result;
  }

  async state(): Promise<AppState> {
    return (await this.ask('state')) as AppState;
  }

  /** Resolves when everything has been delivered. */
  async drained(): Promise<AppState> {
    return until(
      async () => {
        await this.ask('flush');
        const state = await this.state();
        return state.queued === 0 ? state : undefined;
      },
      { what: 'the end of the queue', timeoutMs: 20_000 },
    );
  }

  /** The lines on stderr that contain a text. */
  reports(text: string): string[] {
    return this.child.stderr.split('\n').filter((line) => line.includes(text));
  }
}

/** @param handler - an expression for the handler, in which `lib` loads a module of the library */
export async function startLoggingApp(handler: string): Promise<LoggingApp> {
  const child = await startChild(`const handler = ${handler};\n${PROGRAM}`, {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const app = new LoggingApp(child);
  await app.ready();
  return app;
}
