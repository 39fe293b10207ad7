/** Base of the handlers that deliver to a peer over a network. */
import { diagnostics } from '../core/diagnostics';
import { Handler, openHandlers, HANDLER_SPEC, type HandlerOptions } from '../core/handler';
import type { LogRecord } from '../core/log-record';
import { lazy } from '../internal/lazy';
import { readOptions, type SpecOf } from '../internal/options';
import type { DeliveryStats } from '../outbox/outage';
import type { Outbox } from '../outbox/outbox';
import { OUTBOX_SPEC, type OutboxOptions } from '../outbox/outbox-options';
import type { Transport } from '../outbox/transport';

const loadOutbox = lazy(() => require('../outbox/outbox') as typeof import('../outbox/outbox'));

export interface OutboxHandlerOptions extends HandlerOptions, OutboxOptions {}

export const OUTBOX_HANDLER_SPEC = {
  ...HANDLER_SPEC,
  ...OUTBOX_SPEC,
} satisfies SpecOf<OutboxHandlerOptions>;

const NOTHING: DeliveryStats = {
  queued: 0,
  queuedBytes: 0,
  sent: 0,
  retried: 0,
  unconfirmed: 0,
  dropped: { overflow: 0, refused: 0, closed: 0 },
};

/**
 * A log call puts the record into a bounded queue and returns. The queue is delivered in order and in batches. While the
 * peer is down, delivery is tried again after a pause. The subclass defines the payload and the {@link Transport}.
 *
 * - The beginning and the end of an outage are reported on stderr, with exact counts. {@link stats} returns the counts at
 *   any time: `sent + queued + dropped` is the number of all records put into the queue.
 * - A delivery in progress keeps the process alive. The pause after a failure and an idle connection do not. When the
 *   process ends, queued records are passed to the kernel if there is a connection. The others are reported.
 * - A record logged after `close()` opens the connection again, as in Python.
 *
 * @throws ConfigurationError `ERR_LOG_OPTION` for an invalid limit or time.
 */
export abstract class OutboxHandler<T> extends Handler {
  readonly #options: Required<OutboxOptions>;
  #outbox: Outbox<T> | undefined;

  constructor(options: OutboxHandlerOptions = {}) {
    const settings = readOptions(OUTBOX_SPEC, options, new.target);
    super(options);
    // Not at the first record: a process without a free file descriptor cannot load a file.
    loadOutbox();
    this.#options = settings;
  }

  /** Returns the payload of a record. Called by the log call. If it throws, the error goes to `handleError`. */
  protected abstract payloadOf(record: LogRecord): T;

  /** Returns the bytes of memory that a waiting payload uses. */
  protected abstract sizeOf(payload: T): number;

  /** Called at the first record. Nothing is opened before. */
  protected abstract createTransport(): Transport<T>;

  override emit(record: LogRecord): void {
    const payload = this.payloadOf(record);
    this.#outbox ??= this.#createOutbox();
    // The handler is in use again, so shutdown must flush it.
    if (this.closed) openHandlers.add(this);
    this.#outbox.put(payload, this.sizeOf(payload));
  }

  /** Resolves when all records queued now are delivered or dropped. After `flushTimeout` it resolves anyway and reports it. */
  override async flush(): Promise<void> {
    await this.#outbox?.flush();
  }

  /** Passes as many records as possible to the kernel at once, and reports the others. */
  override flushSync(): void {
    this.#outbox?.flushSync();
  }

  /** Flushes, drops and reports the remaining records, and closes the connection. */
  override async close(): Promise<void> {
    await super.close();
    await this.#outbox?.close();
  }

  /** Returns the delivery counts of the records. */
  stats(): DeliveryStats {
    return this.#outbox?.stats() ?? NOTHING;
  }

  #createOutbox(): Outbox<T> {
    const owner = {
      report: (what: string, error?: unknown) => diagnostics.report({ source: this.describe(), what, error }),
      recovered: (what: string) => diagnostics.recovered({ source: this.describe(), what }),
    };
    return new (loadOutbox().Outbox)(owner, this.createTransport(), this.#options);
  }
}
