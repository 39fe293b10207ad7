/** Ends the logs of an application: what was cut off is written, then every handler is flushed and closed. */
import type { OnApplicationShutdown, OnModuleInit } from '@nestjs/common';
import { AtShutdownHandler } from '../core/at-shutdown.handler';
import { releaseQueue } from '../config/owned-queues';
import { closeHandler } from '../core/shutdown';
import type { Handler } from '../core/handler';
import { QueueListener } from '../handlers';
import { ApplicationLogs } from './application-logs';
import { liveApplications } from './live-applications';
import { nestLoggerBridge } from './nest-logger-bridge';

/** Nest ends its module after all others, so that their last records are still written. */
export class HandlerLifecycleService implements OnModuleInit, OnApplicationShutdown {
  readonly #logs: ApplicationLogs;
  #ended: Promise<void> | undefined;

  constructor(logs: ApplicationLogs) {
    this.#logs = logs;
  }

  /** An application whose handlers cannot be made in the worker does not start. */
  async onModuleInit(): Promise<void> {
    await this.#logs.queue?.ready();
  }

  async onApplicationShutdown(): Promise<void> {
    await (this.#ended ??= this.#end());
  }

  async #end(): Promise<void> {
    const { hindsight, options } = this.#logs;
    // Closing them writes what requests that are cut off still hold, so they come before the targets.
    for (const handler of hindsight) await closeHandler(handler, options.shutdownTimeout);
    for (const handler of this.#newestFirst()) {
      await closeHandler(handler, options.shutdownTimeout);
      await this.#endQueue(handler);
    }
    await this.#logs.queue?.end(options.shutdownTimeout);
    nestLoggerBridge.release(this.#logs);
    this.#logs.release();
    liveApplications.remove(this.#logs);
  }

  /** Of a QueueHandler: what waits in the queue is handled before the handlers behind it, which are older, are closed. */
  async #endQueue(handler: Handler): Promise<void> {
    const listener: unknown = 'listener' in handler ? handler.listener : undefined;
    const queue = releaseQueue(handler);
    if (!(listener instanceof QueueListener) && queue === undefined) return;
    const end = new AtShutdownHandler({
      describe: () => handler.describe(),
      close: async () => {
        if (listener instanceof QueueListener) await listener.stop();
        await queue?.close();
      },
    });
    await closeHandler(end, this.#logs.options.shutdownTimeout);
  }

  /** Each once, though it may be there under two names; by its number, since the container may hand out wrappers. */
  #newestFirst(): Handler[] {
    const byId = new Map([...this.#logs.handlers.values()].map((handler) => [handler.id, handler]));
    return [...byId.values()].toSorted((a, b) => b.id - a.id);
  }
}
