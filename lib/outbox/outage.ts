/** Tells of an outage once when it begins and once when it is over, with exact counts. */

/** Where an outbox reports what a person should know. */
export interface OutboxOwner {
  /** Something failed; counted, and heard of at most once in a while. */
  report(what: string, error?: unknown): void;
  /** What had failed works again. */
  recovered(what: string): void;
}

/** Counts since the outbox was made. */
export interface DeliveryTotals {
  /** Those that wait to be sent again included. */
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
  /** Everything older than this place must be settled for the trouble to be over. */
  mark: number;
  toldDown: boolean;
  toldFull: boolean;
}

/**
 * An outage begins when a delivery fails, or when a record finds the queue full. It is over when all that waited then
 * has been delivered or dropped: a peer that takes one record and fails again is still the same outage.
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

  /** @param mark - place of the next record */
  failed(error: unknown, totals: DeliveryTotals, mark: number): void {
    const trouble = this.#begin(totals, mark);
    if (trouble.toldDown) return;
    trouble.toldDown = true;
    const lost = totals.dropped - trouble.before.dropped;
    const dropped = lost === 0 ? '' : ` and ${lost} were dropped`;
    this.#owner.report(`delivery failed, ${counted(totals.queued)} wait${dropped}`, error);
  }

  /** To be called before the record is counted as dropped. */
  overflowed(current: () => DeliveryTotals, mark: number, what: string): void {
    // Asked for once an outage: this runs for each record of a flood.
    if (this.#trouble?.toldFull === true) {
      this.#trouble.mark = mark;
      return;
    }
    const totals = current();
    const trouble = this.#begin(totals, mark);
    trouble.toldFull = true;
    this.#owner.report(
      `the queue is full (${counted(totals.queued)}, ${totals.queuedBytes} bytes), ${what} dropped until there is room`,
    );
  }

  /** @param oldest - place of the oldest record that is neither delivered nor dropped */
  progressed(oldest: number, totals: () => DeliveryTotals): void {
    const trouble = this.#trouble;
    if (trouble === undefined || oldest < trouble.mark) return;
    this.#trouble = undefined;
    this.#owner.recovered(overText(trouble, totals()));
  }

  /** Ends it without a word: whoever calls reports what became of the records. */
  forget(): void {
    this.#trouble = undefined;
  }

  #begin(totals: DeliveryTotals, mark: number): Trouble {
    this.#trouble ??= { since: performance.now(), before: totals, mark, toldDown: false, toldFull: false };
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
