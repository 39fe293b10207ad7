/** What an outbox delivers through: one kind of peer, spoken to in batches. */

/** Only one `deliver` is under way at a time, and `close` is never called during one without its signal being aborted. */
export interface Transport<T> {
  /** Most payloads that one `deliver` is given. */
  readonly batchSize: number;
  /** Most bytes that one `deliver` is given; a single payload may be larger. @defaultValue no limit */
  readonly batchBytes?: number;

  /**
   * Delivers in order and connects when needed. Resolves when the peer took all, or the kernel did where the protocol
   * has no answer. Keeps the process alive until it settles, and nothing afterwards.
   *
   * @throws SendFailure, which says how many were delivered. Any other error means none, and all are tried again.
   */
  deliver(payloads: readonly T[], signal: AbortSignal): Promise<void>;

  /**
   * Delivers without waiting, in a burst and at the end of the process. Returns how many were taken; those of them that
   * the kernel does not have yet count as `pending`. With `isLast` the process ends: a peer that reads slowly may be
   * given a moment, and a connection may be made.
   */
  deliverSync?(payloads: readonly T[], isLast: boolean): number;

  /** Ends the connection, if any. May be used again: the next `deliver` connects anew. */
  close(): void | Promise<void>;

  /** Whether there is a connection; left out where the protocol has none. With one, a burst goes to `deliverSync`. */
  readonly connected?: boolean;
  /**
   * Payloads taken before that wait: to be sent again, because their connection broke, or in a buffer of the transport.
   * `deliver([])` sends them.
   */
  readonly pending?: number;
  /** Payloads sent again so far: the peer may have them twice. */
  readonly retried?: number;
  /** Payloads taken whose connection broke, and that were not or not again sent since: the peer may not have them. */
  readonly unconfirmed?: number;
  /** Set by the outbox. To be called when `pending` becomes positive while no `deliver` is under way. */
  onPending?: (() => void) | undefined;
}
