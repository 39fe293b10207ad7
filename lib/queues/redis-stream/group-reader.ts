/** Reads a stream as one consumer of a group: its own pending entries, those of dead consumers, then new ones. */
import { isError } from '../../internal/foreign';
import type { RedisConnection } from './redis-connection';
import {
  claimedEntries,
  countOf,
  deliveryCounts,
  lastAdded,
  lastDelivered,
  missingBetween,
  readEntries,
  RECORD_FIELD,
  type Entry,
} from './replies';

export interface GroupReaderOptions {
  readonly stream: string;
  readonly group: string;
  readonly consumer: string;
  readonly batchSize: number;
  /** Entries that are pending for another consumer for this long are claimed, in ms. */
  readonly claimAfterMs: number;
  /** The stream for entries that cannot be handled, and about how many it keeps. 0 keeps all. */
  readonly asideStream: string;
  readonly asideLength: number;
  /** Called with the number of entries that were removed from the stream before they were handled. */
  readonly onTrimmed: (count: number) => void;
}

/** An entry to handle. */
export interface HandedOut extends Entry {
  /** How many times it was delivered, including this time. */
  readonly tries: number;
}

/** Interval of XINFO STREAM, in ms. Its reply contains two entries. */
const LOOK_EVERY_MS = 500;

/** Longest wait for a new entry, in ms. An acknowledgement has to wait for its end. */
const BLOCK_MS = 500;

/** An entry that was delivered this often is delivered alone, since it may have crashed its consumers. */
const SUSPECT_TRIES = 2;

/** How many of these entries may be delivered together. `tries` says how often each was delivered before. */
function together(tries: readonly number[]): number {
  const suspect = tries.findIndex((count) => count >= SUSPECT_TRIES);
  return suspect === -1 ? tries.length : Math.max(1, suspect);
}

function counted(entries: readonly Entry[], before: ReadonlyMap<string, number>): readonly HandedOut[] {
  return entries.map((entry) => ({ ...entry, tries: (before.get(entry.id) ?? 0) + 1 }));
}

function isReply(error: unknown, code: string): boolean {
  return isError(error) && error.message.startsWith(code);
}

/** The caller acknowledges, sets aside or releases each entry. Otherwise the entry comes again. */
export class GroupReader {
  readonly #connection: RedisConnection;
  readonly #options: GroupReaderOptions;
  /** Number of the connection on which the group is known to exist. */
  #joined = 0;
  /** Position in this consumer's own pending entries. Undefined when all were read. */
  #own: string | undefined;
  #claimAt = 0;
  /** Count of the entries that were added to the stream, at the last XINFO STREAM. */
  #added = 0;
  #lookAt = 0;
  /** Count of the entries that were delivered to the group. */
  #handed = 0;

  constructor(connection: RedisConnection, options: GroupReaderOptions) {
    this.#connection = connection;
    this.#options = options;
  }

  /** The next entries, or none after a while. @throws if Redis cannot be reached. */
  async next(): Promise<readonly HandedOut[]> {
    try {
      await this.#join();
      return (await this.#readOwn()) ?? (await this.#claim()) ?? (await this.#readNew());
    } catch (error) {
      // The stream was deleted. The next call creates it again.
      if (isReply(error, 'NOGROUP')) this.#joined = 0;
      throw error;
    }
  }

  async acknowledge(ids: readonly string[]): Promise<void> {
    const { stream, group } = this.#options;
    if (ids.length > 0) await this.#connection.command(['XACK', stream, group, ...ids]);
  }

  /** Moves an entry to the stream for entries that cannot be handled, with the reason. */
  async setAside({ id, text, tries }: HandedOut, reason: string): Promise<void> {
    const { stream, group, asideStream, asideLength } = this.#options;
    const limit = asideLength === 0 ? [] : ['MAXLEN', '~', String(asideLength)];
    const fields = [RECORD_FIELD, text ?? '', 'id', id, 'tries', String(tries), 'reason', reason];
    await this.#connection.transaction([
      ['XADD', asideStream, ...limit, '*', ...fields],
      ['XACK', stream, group, id],
    ]);
  }

  /** Lets other consumers claim entries at once that were not handled. */
  async release(ids: readonly string[]): Promise<void> {
    const { stream, group, consumer, claimAfterMs } = this.#options;
    if (ids.length === 0) return;
    const idle = ['IDLE', String(claimAfterMs), 'JUSTID'];
    await this.#connection.command(['XCLAIM', stream, group, consumer, '0', ...ids, ...idle]);
  }

  /** Leaves the group, unless this consumer has pending entries, which would be lost. */
  async leave(): Promise<void> {
    const { stream, group, consumer } = this.#options;
    if ((await this.#pending(['-', '+', '1', consumer])).size > 0) return;
    await this.#connection.command(['XGROUP', 'DELCONSUMER', stream, group, consumer]);
  }

  async #join(): Promise<void> {
    await this.#connection.open();
    if (this.#joined === this.#connection.count) return;
    await this.#makeGroup();
    this.#joined = this.#connection.count;
    // Replies on the old connection may be lost, so read the pending entries again.
    this.#own = '0';
  }

  /**
   * Creates the group. If it was deleted, with or without its stream, it starts before the first entry that exists. The
   * second part of its start id is the count of entries delivered before, so that missing entries are counted, once.
   */
  async #makeGroup(): Promise<void> {
    const { stream, group, onTrimmed } = this.#options;
    const isGone = Number(await this.#connection.command(['EXISTS', stream])) === 0;
    const before = isGone ? Math.max(this.#added, this.#handed) : this.#handed;
    try {
      await this.#connection.command(['XGROUP', 'CREATE', stream, group, `0-${before}`, 'MKSTREAM']);
    } catch (error) {
      if (isReply(error, 'BUSYGROUP')) return;
      throw error;
    }
    if (before > this.#handed) onTrimmed(before - this.#handed);
    this.#handed = before;
  }

  async #readOwn(): Promise<readonly HandedOut[] | undefined> {
    if (this.#own === undefined) return undefined;
    const { consumer } = this.#options;
    const tries = await this.#pending([
      this.#own === '0' ? '-' : `(${this.#own}`,
      '+',
      this.#limit,
      consumer,
    ]);
    const count = together([...tries.values()]);
    const reply = count === 0 ? null : await this.#connection.command(this.#readArgs(this.#own, { count }));
    const entries = readEntries(reply);
    this.#own = entries.at(-1)?.id;
    const trimmed = entries.filter((entry) => entry.trimmed).map(({ id }) => id);
    await this.#noteTrimmed(trimmed);
    const left = entries.filter((entry) => !entry.trimmed);
    return left.length === 0 ? undefined : counted(left, tries);
  }

  async #claim(): Promise<readonly HandedOut[] | undefined> {
    const now = performance.now();
    if (now < this.#claimAt) return undefined;
    const { stream, group, consumer, claimAfterMs, onTrimmed } = this.#options;
    // XPENDING first, because a claim counts as a delivery.
    const idle = String(claimAfterMs);
    const tries = await this.#pending(['IDLE', idle, '-', '+', this.#limit]);
    const [first] = tries.keys();
    if (first === undefined) {
      this.#claimAt = now + claimAfterMs / 2;
      return undefined;
    }
    const from = ['XAUTOCLAIM', stream, group, consumer, idle, first];
    const count = ['COUNT', String(together([...tries.values()]))];
    const { entries, trimmed } = claimedEntries(await this.#connection.command([...from, ...count]));
    if (trimmed > 0) onTrimmed(trimmed);
    return entries.length === 0 ? undefined : counted(entries, tries);
  }

  async #readNew(): Promise<readonly HandedOut[]> {
    const { stream, group, onTrimmed } = this.#options;
    const now = performance.now();
    const looks = now >= this.#lookAt;
    if (looks) this.#lookAt = now + LOOK_EVERY_MS;
    const [groups, reply, info] = await this.#connection.transaction([
      ['XINFO', 'GROUPS', stream],
      this.#readArgs('>'),
      ...(looks ? [['XINFO', 'STREAM', stream]] : []),
    ]);
    let entries = readEntries(reply);
    const [first, before] = [entries[0], lastDelivered(groups, group)];
    const missing = first === undefined || before === undefined ? 0 : missingBetween(before, first.id);
    if (missing > 0) onTrimmed(missing);
    if (looks) this.#added = countOf(lastAdded(info) ?? '0-0');
    // No entry can be trimmed unread while this call waits for it.
    if (first === undefined)
      entries = readEntries(
        await this.#connection.command(this.#readArgs('>', { blockMs: BLOCK_MS }), BLOCK_MS),
      );
    this.#handed = countOf(entries.at(-1)?.id ?? before ?? '0-0');
    return entries.map((entry) => ({ ...entry, tries: 1 }));
  }

  get #limit(): string {
    return String(this.#options.batchSize);
  }

  #readArgs(from: string, options: { readonly count?: number; readonly blockMs?: number } = {}): string[] {
    const { stream, group, consumer, batchSize } = this.#options;
    const { count = batchSize, blockMs } = options;
    const block = blockMs === undefined ? [] : ['BLOCK', String(blockMs)];
    return [
      'XREADGROUP',
      'GROUP',
      group,
      consumer,
      'COUNT',
      String(count),
      ...block,
      'STREAMS',
      stream,
      from,
    ];
  }

  /** How often each pending entry was delivered, oldest first. */
  async #pending(range: readonly string[]): Promise<ReadonlyMap<string, number>> {
    const { stream, group } = this.#options;
    return deliveryCounts(await this.#connection.command(['XPENDING', stream, group, ...range]));
  }

  async #noteTrimmed(ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return;
    this.#options.onTrimmed(ids.length);
    await this.acknowledge(ids);
  }
}
