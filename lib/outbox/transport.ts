/** The interface through which an outbox delivers, and the Error that a failed delivery throws. */
import { checkedOptions, type OptionNames } from '../internal/options';

/** The outbox runs one `deliver` at a time, and aborts its signal before it calls `close`. */
export interface Transport<T> {
  /** Most payloads of one `deliver`. */
  readonly batchSize: number;
  /** Most bytes of one `deliver`. A single payload may be larger. @defaultValue no limit */
  readonly batchBytes?: number;

  /**
   * Delivers in order and connects when needed. Resolves when the peer has accepted everything, or the kernel if the
   * protocol has no answers. Keeps the process alive until it settles, but not longer.
   *
   * @throws SendFailure, which says how many were delivered. After any other error all are tried again.
   */
  deliver(payloads: readonly T[], signal: AbortSignal): Promise<void>;

  /**
   * Delivers without waiting, in a burst and at the end of the process. Returns how many were accepted. Those that the
   * kernel does not have yet count as `pending`. `isLast` means that the process ends: then it may wait a moment for a
   * slow peer and may connect.
   */
  deliverSync?(payloads: readonly T[], isLast: boolean): number;

  /** Ends the connection, if any. The next `deliver` connects again. */
  close(): void | Promise<void>;

  /** Whether there is a connection; undefined if the protocol has none. While connected, a burst goes to `deliverSync`. */
  readonly connected?: boolean;
  /**
   * Accepted payloads that wait, either in a buffer of the transport or to be sent again after their connection broke.
   * `deliver([])` sends them.
   */
  readonly pending?: number;
  /** Payloads sent again so far. The peer may have them twice. */
  readonly retried?: number;
  /** Accepted payloads whose connection broke and that were not sent again. The peer may not have them. */
  readonly unconfirmed?: number;
  /** Set by the outbox. The transport calls it when `pending` becomes positive while no `deliver` runs. */
  onPending?: (() => void) | undefined;
}

export interface SendFailureOptions {
  /** Payloads at the start of the batch that were delivered. @defaultValue 0 */
  readonly delivered?: number;
  /** The next payload is refused permanently. It is dropped, and delivery continues at once. @defaultValue false */
  readonly drop?: boolean;
  /** How many payloads to drop, if the peer refuses several together. @defaultValue 1 */
  readonly dropCount?: number;
  /** Pause that the peer asks for, in ms. @defaultValue the back-off of the outbox */
  readonly retryAfterMs?: number | undefined;
  /** The original error. */
  readonly cause?: unknown;
}

const OPTIONS = {
  delivered: true,
  drop: true,
  dropCount: true,
  retryAfterMs: true,
  cause: true,
} as const satisfies OptionNames<SendFailureOptions>;

/** Thrown by a transport's `deliver`. */
export class SendFailure extends Error {
  override readonly name = 'SendFailure';
  readonly delivered: number;
  readonly drop: boolean;
  readonly dropCount: number;
  readonly retryAfterMs: number | undefined;

  constructor(message: string, options: SendFailureOptions = {}) {
    options = checkedOptions('SendFailure', options, new.target === SendFailure && OPTIONS);
    super(message, 'cause' in options ? { cause: options.cause } : undefined);
    this.delivered = options.delivered ?? 0;
    this.drop = options.drop ?? false;
    this.dropCount = options.dropCount ?? 1;
    this.retryAfterMs = options.retryAfterMs;
  }
}
