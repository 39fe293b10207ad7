/** What became of the records of a network handler. */

/** Every record that was put into the outbox is counted once: `sent + queued + dropped.*` is their number. */
export interface DeliveryStats {
  /** Records that wait, those under way included. */
  readonly queued: number;
  readonly queuedBytes: number;
  /** Records that the peer took, or the kernel where the protocol has no answer. */
  readonly sent: number;
  /** Records among `sent` that were sent again, because their connection broke: the peer may have them twice. */
  readonly retried: number;
  /** Records among `sent` whose connection broke and that were not sent again since: the peer may not have them. */
  readonly unconfirmed: number;
  readonly dropped: {
    /** The queue was full. */
    readonly overflow: number;
    /** The peer refused the record for good, or it is too large to be sent. */
    readonly refused: number;
    /** Still queued when the handler was closed and `flushTimeout` was over. */
    readonly closed: number;
  };
  /** Left out where the protocol has no connection. */
  readonly connected?: boolean;
}
