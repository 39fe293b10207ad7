/** The base of the handlers that deliver to a peer over a network. */
import { diagnostics } from '../core/diagnostics';
import { Handler, openHandlers, HANDLER_SPEC, type HandlerOptions } from '../core/handler';
import type { LogRecord } from '../core/log-record';
import { readOptions, type SpecOf } from '../internal/options';
import type { DeliveryStats } from '../outbox/outage';
import { Outbox } from '../outbox/outbox';
import { OUTBOX_SPEC, type OutboxOptions } from '../outbox/outbox-options';
import type { Transport } from '../outbox/transport';

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
 * A log call puts the record into a bounded queue and returns; the queue is delivered in order, in batches, and tried
 * again after a pause while the peer is down. The subclass says what is sent, and through which {@link Transport}.
 *
 * - An outage is reported on stderr when it begins, and when it is over, with exact counts. {@link stats} has them at any
 *   time: `sent + queued + dropped` are all records that were put into the queue.
 * - A delivery under way keeps the process alive; the pause after a failure, and an idle connection, do not. What is
 *   still queued when the process ends is handed to the kernel if there is a connection, and else reported.
 * - A record logged after `close()` opens the connection again, as in Python.
 *
 * @throws ConfigurationError `ERR_LOG_OPTION` for a bad limit or time.
 */
export abstract class OutboxHandler<T> extends Handler {
  readonly #options: Required<OutboxOptions>;
  #outbox: Outbox<T> | undefined;

  constructor(options: OutboxHandlerOptions = {}) {
    const settings = readOptions(OUTBOX_SPEC, options, new.target);
    super(options);
    this.#options = settings;
  }

  /** What is sent for a record; made at the log call. What it throws goes to `handleError`. */
  protected abstract payloadOf(record: LogRecord): T;

  /** Bytes that a payload holds while it waits. */
  protected abstract sizeOf(payload: T): number;

  /** Called at the first record: nothing is opened before. */
  protected abstract createTransport(): Transport<T>;

  override emit(record: LogRecord): void {
    const payload = this.payloadOf(record);
    this.#outbox ??= this.#createOutbox();
    // Open again: the end of the process has to look at it.
    if (this.closed) openHandlers.add(this);
    this.#outbox.put(payload, this.sizeOf(payload));
  }

  /** Resolves when all that is queued now is delivered or dropped, and after `flushTimeout`, reported, at the latest. */
  override async flush(): Promise<void> {
    await this.#outbox?.flush();
  }

  /** Hands over what the kernel takes at once, and reports what is left. */
  override flushSync(): void {
    this.#outbox?.flushSync();
  }

  /** Flushes, drops and reports what is left, and ends the connection. */
  override async close(): Promise<void> {
    await super.close();
    await this.#outbox?.close();
  }

  /** What became of the records. */
  stats(): DeliveryStats {
    return this.#outbox?.stats() ?? NOTHING;
  }

  #createOutbox(): Outbox<T> {
    const owner = {
      report: (what: string, error?: unknown) => diagnostics.report({ source: this.describe(), what, error }),
      recovered: (what: string) => diagnostics.recovered({ source: this.describe(), what }),
    };
    return new Outbox(owner, this.createTransport(), this.#options);
  }
}
