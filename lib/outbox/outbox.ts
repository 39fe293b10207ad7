/** The bounded queue through which network handlers send to a peer that may be slow or down. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { FlushWaiters } from './flush-waiters';
import { counted, Outage, type DeliveryStats, type DeliveryTotals, type OutboxOwner } from './outage';
import type { OutboxOptions } from './outbox-options';
import { PayloadQueue, type Batch } from './payload-queue';
import { RetryTimer } from './retry-timer';
import { SendFailure, type Transport } from './transport';

/** After this many ms of deliveries that complete at once, other work of the event loop runs. */
const SLICE_MS = 5;
/** Limits of a batch at the end of the process. An idle kernel takes about as much. */
const LAST_BATCH = { batchSize: Number.POSITIVE_INFINITY, batchBytes: 1024 * 1024 } as const;

/**
 * Delivers payloads in order, in batches, one delivery at a time. After a failure it pauses, longer each time. A pause
 * does not keep the process alive, but a delivery or a pending `flush` does.
 */
export class Outbox<T> {
  readonly #owner: OutboxOwner;
  readonly #transport: Transport<T>;
  readonly #options: Required<OutboxOptions>;
  readonly #queue = new PayloadQueue<T>();
  readonly #waiters = new FlushWaiters();
  readonly #outage: Outage;
  /** The batch that is being delivered. */
  #batch: Batch<T> | undefined;
  #batchBytes = 0;
  /** Number of the next payload, in the order of arrival. */
  #next = 0;
  #sent = 0;
  #overflow = 0;
  #refused = 0;
  #closed = 0;
  readonly #pause: RetryTimer;
  /** With this many payloads in the queue, a burst is sent in the same turn of the event loop. */
  readonly #burstAt: number;
  /** The kernel accepted only a part of a burst. No burst is sent until a delivery succeeds. */
  #isChoked = false;
  #running: Promise<void> | undefined;
  #abort = new AbortController();
  /** A flush timed out and nothing was delivered since, so that `close` does not wait as long again. */
  #gaveUp = false;
  /** A payload that is put after `close` is still delivered. Then the connection ends. */
  #isClosed = false;
  #closing = Promise.resolve();

  constructor(owner: OutboxOwner, transport: Transport<T>, options: Required<OutboxOptions>) {
    this.#owner = owner;
    this.#transport = transport;
    this.#options = options;
    this.#outage = new Outage(owner);
    const { retryStart, retryFactor, retryMax } = options;
    const limits = { startMs: retryStart * 1000, factor: retryFactor, maxMs: retryMax * 1000 };
    this.#pause = new RetryTimer(limits, () => this.#start());
    this.#burstAt = Math.min(transport.batchSize, Math.ceil(options.maxQueued / 2));
    transport.onPending = () => this.#start();
  }

  /** Never waits, never throws. Drops and counts a payload if the queue is full. */
  put(payload: T, bytes: number): void {
    if (!this.#makeRoom(bytes)) return;
    this.#queue.push(payload, bytes, this.#next++);
    if (this.#queue.length >= this.#burstAt) this.#deliverBurst();
    this.#start();
  }

  /**
   * Resolves when everything queued so far is delivered or dropped, or after `flushTimeout`. Records that are still
   * queued then are reported and tried again later. Ends the pause after a failure.
   */
  async flush(): Promise<void> {
    if (await this.#settled(this.#next, this.#options.flushTimeout)) return;
    this.#owner.report(
      `${counted(this.#queued + this.#pending)} still wait after a flush of ${this.#options.flushTimeout} s`,
    );
  }

  /**
   * Flushes, drops and reports records that are still queued after `flushTimeout`, and ends the connection. A payload
   * that is put later opens it again.
   */
  async close(): Promise<void> {
    const mark = this.#next;
    this.#isClosed = true;
    // One at a time, since two that give up would end each other's connection.
    this.#closing = this.#closing.then(async () => this.#close(mark));
    return this.#closing;
  }

  async #close(mark: number): Promise<void> {
    const inTime = await this.#settled(mark, this.#gaveUp ? 0 : this.#options.flushTimeout);
    if (!inTime) await this.#giveUp(mark);
    // Newer payloads are still delivered. The connection ends after them.
    if (this.#queued > 0) return;
    if (this.#running === undefined) this.#end();
    await this.#running;
  }

  /** Called at the end of the process. Sends what the kernel takes at once, and reports the rest. */
  flushSync(): void {
    let goesOn = this.#batch === undefined;
    while (goesOn && this.#queue.length > 0) goesOn = this.#deliverSync(true);
    this.#start();
    // One report, since a second one would be delayed and the process ends.
    const left = [
      ...(this.#queued > 0 ? [`${counted(this.#queued)} still queued`] : []),
      ...(this.#pending > 0 ? [`${counted(this.#pending)} perhaps not sent`] : []),
    ];
    if (left.length > 0) this.#owner.report(`${left.join(' and ')} at the end of the process`);
  }

  stats(): DeliveryStats {
    const { retried = 0, unconfirmed = 0, connected } = this.#transport;
    return {
      queued: this.#queued,
      queuedBytes: this.#queuedBytes,
      sent: this.#sent,
      retried,
      unconfirmed,
      dropped: { overflow: this.#overflow, refused: this.#refused, closed: this.#closed },
      ...(connected === undefined ? {} : { connected }),
    };
  }

  get #queued(): number {
    return this.#queue.length + (this.#batch?.payloads.length ?? 0);
  }

  get #queuedBytes(): number {
    return this.#queue.bytes + this.#batchBytes;
  }

  get #pending(): number {
    return this.#transport.pending ?? 0;
  }

  /** Number of the oldest payload that is neither delivered nor dropped; -1 while the transport has some to send again. */
  get #oldest(): number {
    if (this.#pending > 0) return -1;
    return this.#batch?.places[0] ?? this.#queue.firstPlace ?? this.#next;
  }

  #totals(): DeliveryTotals {
    const { dropped, ...totals } = this.stats();
    const queued = totals.queued + this.#pending;
    return { ...totals, queued, dropped: dropped.overflow + dropped.refused + dropped.closed };
  }

  #makeRoom(bytes: number): boolean {
    const { maxQueued, maxQueuedBytes, overflow } = this.#options;
    while (this.#queued >= maxQueued || this.#queuedBytes + bytes > maxQueuedBytes) {
      const newest = overflow === 'drop-newest' || this.#queue.length === 0 || bytes > maxQueuedBytes;
      this.#outage.overflowed(
        () => this.#totals(),
        this.#next,
        newest ? 'new records are' : 'the oldest are',
      );
      this.#overflow++;
      if (newest) return false;
      this.#queue.dropOldest();
    }
    return true;
  }

  #start(): void {
    if (this.#running !== undefined || this.#pause.isOn || this.#abort.signal.aborted) return;
    // In the next turn, so that all records of one turn are sent together.
    this.#running = nextTurn().then(async () => this.#run());
  }

  async #run(): Promise<void> {
    let sliceEnd = performance.now() + SLICE_MS;
    while (!this.#pause.isOn && (this.#queue.length > 0 || this.#pending > 0)) {
      await this.#deliverBatch();
      if (this.#abort.signal.aborted) break;
      if (performance.now() < sliceEnd) continue;
      await nextTurn();
      sliceEnd = performance.now() + SLICE_MS;
    }
    // Payloads of a burst are delivered too.
    this.#progressed();
    if (this.#isClosed && this.#queued === 0) await this.#disconnect();
    this.#running = undefined;
    // Payloads that were put while the connection ended.
    if (this.#queue.length > 0) this.#start();
  }

  /** Ends the connection. Nothing is delivered meanwhile. */
  #end(): void {
    this.#running = this.#disconnect().then(() => {
      this.#running = undefined;
      if (this.#queue.length > 0) this.#start();
    });
  }

  async #deliverBatch(): Promise<void> {
    const { batchSize, batchBytes = Number.POSITIVE_INFINITY } = this.#transport;
    const batch = this.#queue.take(batchSize, batchBytes);
    this.#batch = batch;
    this.#batchBytes = batch.sizes.reduce((sum, size) => sum + size, 0);
    let failure: unknown;
    try {
      await this.#transport.deliver(batch.payloads, this.#abort.signal);
    } catch (error) {
      failure = error ?? new Error('the transport rejected without an error');
    }
    this.#batch = undefined;
    this.#batchBytes = 0;
    if (failure === undefined) this.#delivered(batch.payloads.length);
    else this.#failed(batch, failure);
    this.#progressed();
  }

  #delivered(count: number): void {
    this.#sent += count;
    this.#pause.reset();
    this.#gaveUp = false;
    this.#isChoked = false;
  }

  #failed(batch: Batch<T>, error: unknown): void {
    const {
      delivered = 0,
      drop = false,
      dropCount = 1,
      retryAfterMs,
    } = error instanceof SendFailure ? error : {};
    let done = Math.min(Math.max(Math.trunc(delivered), 0), batch.payloads.length);
    if (done > 0) this.#delivered(done);
    const refused = drop ? Math.min(Math.max(Math.trunc(dropCount), 1), batch.payloads.length - done) : 0;
    if (refused > 0) {
      this.#refused += refused;
      done += refused;
      const what = refused === 1 ? 'a record was' : `${counted(refused)} were`;
      this.#owner.report(`${what} refused, and dropped`, error);
    }
    this.#queue.putBack(batch, done);
    if (this.#abort.signal.aborted) return;
    if (refused > 0 && retryAfterMs === undefined) {
      this.#pause.reset();
      return;
    }
    this.#outage.failed(error, this.#totals(), this.#next);
    this.#pause.begin(retryAfterMs);
  }

  #progressed(): void {
    const oldest = this.#oldest;
    this.#outage.progressed(oldest, () => this.#totals());
    this.#waiters.progressed(oldest);
  }

  /** Whether everything before `mark` is delivered or dropped within this many seconds. */
  async #settled(mark: number, seconds: number): Promise<boolean> {
    if (this.#oldest >= mark) return true;
    this.#pause.hurry();
    const inTime = await this.#waiters.wait(mark, seconds * 1000);
    if (!inTime) this.#gaveUp = true;
    return inTime;
  }

  /** Stops the current delivery and drops the payloads queued before `mark`. */
  async #giveUp(mark: number): Promise<void> {
    this.#abort.abort();
    this.#pause.cancel();
    await this.#running;
    let count = 0;
    while ((this.#queue.firstPlace ?? mark) < mark) {
      this.#queue.dropOldest();
      count++;
    }
    this.#closed += count;
    this.#outage.forget();
    if (count > 0) this.#owner.report(`closed with ${counted(count)} not delivered, which are dropped`);
    this.#end();
    await this.#running;
    this.#abort = new AbortController();
    this.#waiters.progressed(this.#next);
    if (this.#queue.length > 0) this.#start();
  }

  async #disconnect(): Promise<void> {
    const before = this.#transport.unconfirmed ?? 0;
    try {
      await this.#transport.close();
    } catch (error) {
      this.#owner.report('the connection did not end well', error);
    }
    const unsure = (this.#transport.unconfirmed ?? 0) - before;
    if (unsure > 0) this.#owner.report(`${counted(unsure)} perhaps lost with a connection that broke`);
  }

  /** Sends a batch at once. Otherwise a turn that logs more than the queue holds would lose records with an idle peer. */
  #deliverBurst(): void {
    if (this.#batch !== undefined || this.#pause.isOn || this.#isChoked) return;
    if (this.#transport.connected === true) this.#isChoked = !this.#deliverSync(false);
  }

  /** Sends one batch without waiting. Returns whether all of it was accepted. */
  #deliverSync(isLast: boolean): boolean {
    const { batchSize, batchBytes = Number.POSITIVE_INFINITY } = isLast ? LAST_BATCH : this.#transport;
    const batch = this.#queue.take(batchSize, batchBytes);
    const count = this.#transport.deliverSync?.(batch.payloads, isLast) ?? 0;
    this.#sent += count;
    this.#queue.putBack(batch, count);
    return count === batch.payloads.length;
  }
}
