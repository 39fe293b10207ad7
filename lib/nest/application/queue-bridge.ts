/** Carries the records of an application from the loggers through a queue to the handlers, for the option `queue`. */
import { AtShutdownHandler, closeHandler } from '../../core/shutdown';
import type { Handler } from '../../core/handler';
import { QueueHandler, QueueListener } from '../../handlers';
import { WorkerQueue, type LogQueue } from '../../queues';

export class QueueBridge {
  readonly queue: LogQueue;
  /** The handlers that the loggers get, by the names of the user's handlers. */
  readonly loggerHandlers: ReadonlyMap<string, Handler>;
  readonly #targets: readonly Handler[];
  readonly #listener: QueueListener | undefined;

  constructor(queue: LogQueue, handlers: ReadonlyMap<string, Handler>) {
    this.queue = queue;
    const isQueued = (handler: Handler): boolean =>
      handler instanceof QueueHandler && handler.queue === queue;
    this.#targets = [...handlers.values()].filter((handler) => !isQueued(handler));
    this.loggerHandlers = new Map(
      [...handlers].map(([name, handler]) => [
        name,
        isQueued(handler) ? handler : this.#queueHandlerFor(handler),
      ]),
    );
    if (this.#targets.length > 0) this.#listener = new QueueListener(queue, this.#targets).start();
  }

  /** Rejects if the worker cannot create its handlers. */
  async ready(): Promise<void> {
    if (this.queue instanceof WorkerQueue) await this.queue.ready();
  }

  /** Handles the records that are still in the queue, then closes the handlers and the queue. */
  async end(timeoutMs: number): Promise<void> {
    const listener = this.#listener;
    if (listener !== undefined) await within(timeoutMs, listener.describe(), () => listener.stop());
    for (const handler of this.#targets.toSorted((a, b) => b.id - a.id))
      await closeHandler(handler, timeoutMs);
    await within(timeoutMs, this.queue.constructor.name, () => this.queue.close());
  }

  /** A QueueHandler that has the level of the handler: records below that level do not enter the queue. */
  #queueHandlerFor(handler: Handler): QueueHandler {
    const queued = new QueueHandler(this.queue, handler.name === undefined ? {} : { to: handler.name });
    Object.defineProperty(queued, 'level', {
      get: () => handler.level,
      set: (level: number) => {
        handler.level = level;
      },
    });
    return queued;
  }
}

/** Closes something else in the way that handlers are closed: with a time limit, and with reports of failures. */
async function within(ms: number, name: string, close: () => void | Promise<void>): Promise<void> {
  await closeHandler(new AtShutdownHandler({ describe: () => name, close }), ms);
}
