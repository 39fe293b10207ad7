/** The counts of an outbox, and the reports when an outage begins and when it is over. */

/** Delivery counts of a handler. Each record is counted once: the total is `sent + queued + dropped.*`. */
export interface DeliveryStats {
  /** Records that wait, including those being sent. */
  readonly queued: number;
  readonly queuedBytes: number;
  /** Records that the peer has accepted, or the kernel if the protocol has no answers. */
  readonly sent: number;
  /** Records of `sent` that were sent again because their connection broke. The peer may have them twice. */
  readonly retried: number;
  /** Records of `sent` whose connection broke and that were not sent again. The peer may not have them. */
  readonly unconfirmed: number;
  readonly dropped: {
    /** The queue was full. */
    readonly overflow: number;
    /** The peer refused the record permanently, or it is too large to send. */
    readonly refused: number;
    /** Still queued `flushTimeout` after the handler was closed. */
    readonly closed: number;
  };
  /** Undefined if the protocol has no connection. */
  readonly connected?: boolean;
}

/** The owner of an outbox, which reports for it. */
export interface OutboxOwner {
  /** Counts a failure and prints it, at most once in a while. */
  report(what: string, error?: unknown): void;
  /** Reports that delivery works again. */
  recovered(what: string): void;
}

/** Counts since the outbox was created. */
export interface DeliveryTotals {
  /** Includes those that wait to be sent again. */
  readonly queued: number;
  readonly queuedBytes: number;
  readonly sent: number;
  readonly dropped: number;
  readonly retried: number;
  readonly unconfirmed: number;
}

interface Trouble {
  readonly since: number;
  readonly before: DeliveryTotals;
  /** The outage is over when everything before this position is delivered or dropped. */
  mark: number;
  reportedDown: boolean;
  reportedFull: boolean;
}

/**
 * An outage begins when a delivery fails or the queue is full. It is over when everything that was queued then is
 * delivered or dropped. If the peer takes one record and fails again, the outage continues.
 */
export class Outage {
  readonly #owner: OutboxOwner;
  #trouble: Trouble | undefined;

  constructor(owner: OutboxOwner) {
    this.#owner = owner;
  }

  get isOn(): boolean {
    return this.#trouble !== undefined;
  }

  /** @param mark - position of the next record */
  failed(error: unknown, totals: DeliveryTotals, mark: number): void {
    const trouble = this.#begin(totals, mark);
    if (trouble.reportedDown) return;
    trouble.reportedDown = true;
    const lost = totals.dropped - trouble.before.dropped;
    const dropped = lost === 0 ? '' : ` and ${lost} were dropped`;
    this.#owner.report(`delivery failed, ${counted(totals.queued)} wait${dropped}`, error);
  }

  /** Called before the record is counted as dropped. */
  overflowed(current: () => DeliveryTotals, mark: number, what: string): void {
    // The totals are computed once an outage, since this runs for each record of a flood.
    if (this.#trouble?.reportedFull === true) {
      this.#trouble.mark = mark;
      return;
    }
    const totals = current();
    const trouble = this.#begin(totals, mark);
    trouble.reportedFull = true;
    this.#owner.report(
      `the queue is full (${counted(totals.queued)}, ${totals.queuedBytes} bytes), ${what} dropped until there is room`,
    );
  }

  /** @param oldest - position of the oldest record that is neither delivered nor dropped */
  progressed(oldest: number, totals: () => DeliveryTotals): void {
    const trouble = this.#trouble;
    if (trouble === undefined || oldest < trouble.mark) return;
    this.#trouble = undefined;
    this.#owner.recovered(overText(trouble, totals()));
  }

  /** Ends the outage without a report. The caller reports what happened to the records. */
  forget(): void {
    this.#trouble = undefined;
  }

  #begin(totals: DeliveryTotals, mark: number): Trouble {
    this.#trouble ??= {
      since: performance.now(),
      before: totals,
      mark,
      reportedDown: false,
      reportedFull: false,
    };
    this.#trouble.mark = mark;
    return this.#trouble;
  }
}

function overText(trouble: Trouble, now: DeliveryTotals): string {
  const { before } = trouble;
  const seconds = ((performance.now() - trouble.since) / 1000).toFixed(1);
  const again = now.retried - before.retried;
  const unsure = now.unconfirmed - before.unconfirmed;
  return [
    `delivering again after ${seconds} s: ${counted(now.sent - before.sent)} delivered`,
    ...(again > 0 ? [`${again} sent again`] : []),
    ...(unsure > 0 ? [`${unsure} perhaps lost with their connection`] : []),
    `${now.dropped - before.dropped} dropped (${now.dropped} since the start)`,
  ].join(', ');
}

/** `1 record`, `2 records` */
export function counted(records: number): string {
  return `${records} ${records === 1 ? 'record' : 'records'}`;
}
