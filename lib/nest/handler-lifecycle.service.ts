/** Ends the logs of an application: what was cut off is written, then every handler is flushed and closed. */
import type { OnApplicationBootstrap, OnApplicationShutdown, OnModuleInit } from '@nestjs/common';
import { AtShutdownHandler } from '../core/at-shutdown.handler';
import { releaseQueue } from '../config/close-handler';
import { closeHandler } from '../core/shutdown';
import type { Handler } from '../core/handler';
import { QueueListener } from '../handlers';
import { ApplicationLogs } from './application-logs';
import { applications } from './applications';
import { nestLoggerBridge } from './nest-logger-bridge';

/** Flushes and closes the handlers of an application and takes back what it changed; once, however often it is called. */
export async function endApplication(logs: ApplicationLogs): Promise<void> {
  await (logs.ended ??= end(logs));
}

async function end(logs: ApplicationLogs): Promise<void> {
  const { hindsight, options } = logs;
  nestLoggerBridge.writeBootLines();
  // Closing them writes what requests that are cut off still hold, so they come before the targets.
  for (const handler of hindsight) await closeHandler(handler, options.shutdownTimeout);
  for (const handler of newestFirst(logs)) {
    await closeHandler(handler, options.shutdownTimeout);
    await endQueue(handler, options.shutdownTimeout);
  }
  await logs.queue?.end(options.shutdownTimeout);
  nestLoggerBridge.release(logs);
  logs.release();
  applications.remove(logs);
}

/** Of a QueueHandler: what waits in the queue is handled before the handlers behind it, which are older, are closed. */
async function endQueue(handler: Handler, timeoutMs: number): Promise<void> {
  const listener: unknown = 'listener' in handler ? handler.listener : undefined;
  const queue = releaseQueue(handler);
  if (!(listener instanceof QueueListener) && queue === undefined) return;
  const subject = new AtShutdownHandler({
    describe: () => handler.describe(),
    close: async () => {
      if (listener instanceof QueueListener) await listener.stop();
      await queue?.close();
    },
  });
  await closeHandler(subject, timeoutMs);
}

/** Each once, though it may be there under two names; by its number, since the container may hand out wrappers. */
function newestFirst({ handlers }: ApplicationLogs): Handler[] {
  const byId = new Map([...handlers.values()].map((handler) => [handler.id, handler]));
  return [...byId.values()].toSorted((a, b) => b.id - a.id);
}

/** Nest ends its module after all others, so that their last records are still written. */
export class HandlerLifecycleService implements OnModuleInit, OnApplicationBootstrap, OnApplicationShutdown {
  readonly #logs: ApplicationLogs;

  constructor(logs: ApplicationLogs) {
    this.#logs = logs;
  }

  /** An application whose handlers cannot be made in the worker does not start. */
  async onModuleInit(): Promise<void> {
    await this.#logs.queue?.ready();
  }

  /** After the code that waits for the application: a context can be given a logger only when it has started. */
  onApplicationBootstrap(): void {
    setImmediate(() => {
      if (this.#logs.ended === undefined) nestLoggerBridge.started(this.#logs);
    });
  }

  async onApplicationShutdown(): Promise<void> {
    await endApplication(this.#logs);
  }
}
