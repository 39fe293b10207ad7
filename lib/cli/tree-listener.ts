/** Hands records to the loggers of their names, as the process that logged them would have. */
import type { LogRecord } from '../core/log-record';
import { nearestLogger, type Manager } from '../core/manager';
import { getHandlerByName } from '../core/open-handlers';
import type { Handler } from '../core/handler';
import { DeliveryError } from '../errors';
import { QueueListener } from '../handlers';
import { QueuedRecord, type LogQueue } from '../queues';

/** Levels of loggers are not compared: that was done where the record was logged. */
export class TreeListener extends QueueListener {
  readonly #manager: Manager;

  /** @param handlers - those that are flushed before records are acknowledged */
  constructor(queue: LogQueue, handlers: readonly Handler[], manager: Manager) {
    super(queue, handlers, { flushBeforeAck: true });
    this.#manager = manager;
  }

  override handle(record: LogRecord): void {
    const prepared = this.prepare(record);
    const to = record instanceof QueuedRecord ? record.to : undefined;
    // Names come from other processes, and a logger is never given up: none is made.
    if (to === undefined) return nearestLogger(this.#manager, prepared.name).handle(prepared);
    const handler = getHandlerByName(to);
    if (handler === undefined)
      throw new DeliveryError(`the record is for the handler "${to}", which is not configured`);
    handler.handle(prepared);
  }

  override describe(): string {
    return 'listen';
  }
}
