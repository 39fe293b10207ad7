/** Reads a stream as one consumer of a group: what it left, what the dead left, and what is new. */
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
  /** Entries that another consumer has held for so long are taken from it, in ms. */
  readonly claimAfterMs: number;
  /** Where entries go that nobody can handle, and about how many are kept there; 0 keeps all. */
  readonly asideStream: string;
  readonly asideLength: number;
  /** Told how many entries left the stream before they were handled. */
  readonly onTrimmed: (count: number) => void;
}

/** An entry that is to be handled. */
export interface HandedOut extends Entry {
  /** How many times it was handed out, this one included. */
  readonly tries: number;
}

/** How often the stream is looked at, in ms: the answer holds two of its entries. */
const LOOK_EVERY_MS = 500;

/** Longest wait for a new entry, in ms: an acknowledgement waits behind it. */
const BLOCK_MS = 500;

/** What was handed out so often comes alone from then on: it may be what its consumers died of. */
const SUSPECT_TRIES = 2;

/** How many of these entries may be handed out together, by how often each was before. */
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

/** Every entry that it returns is acknowledged, set aside or released by the caller, or comes again. */
export class GroupReader {
  readonly #connection: RedisConnection;
  readonly #options: GroupReaderOptions;
  /** The connection for which the group is known to be there. */
  #joined = 0;
  /** Place in what this consumer was handed out before; undefined when all of it was read. */
  #own: string | undefined;
  #claimAt = 0;
  /** How many entries the stream had got when it was last looked at, and how many of them the group had been handed. */
  #added = 0;
  #lookAt = 0;
  #handed = 0;

  constructor(connection: RedisConnection, options: GroupReaderOptions) {
    this.#connection = connection;
    this.#options = options;
  }

  /** The next entries; none when nothing came for a while. @throws when Redis cannot be asked. */
  async next(): Promise<readonly HandedOut[]> {
    try {
      await this.#join();
      return (await this.#readOwn()) ?? (await this.#claim()) ?? (await this.#readNew());
    } catch (error) {
      // The stream was deleted since: it is made again.
      if (isReply(error, 'NOGROUP')) this.#joined = 0;
      throw error;
    }
  }

  async acknowledge(ids: readonly string[]): Promise<void> {
    const { stream, group } = this.#options;
    if (ids.length > 0) await this.#connection.command(['XACK', stream, group, ...ids]);
  }

  /** Moves an entry to the other stream, with the reason. */
  async setAside({ id, text, tries }: HandedOut, reason: string): Promise<void> {
    const { stream, group, asideStream, asideLength } = this.#options;
    const limit = asideLength === 0 ? [] : ['MAXLEN', '~', String(asideLength)];
    const fields = [RECORD_FIELD, text ?? '', 'id', id, 'tries', String(tries), 'reason', reason];
    await this.#connection.transaction([
      ['XADD', asideStream, ...limit, '*', ...fields],
      ['XACK', stream, group, id],
    ]);
  }

  /** Lets another consumer have entries at once that nobody has tried to handle. */
  async release(ids: readonly string[]): Promise<void> {
    const { stream, group, consumer, claimAfterMs } = this.#options;
    if (ids.length === 0) return;
    const idle = ['IDLE', String(claimAfterMs), 'JUSTID'];
    await this.#connection.command(['XCLAIM', stream, group, consumer, '0', ...ids, ...idle]);
  }

  /** Leaves the group, unless it still holds entries: they would be lost with it. */
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
    // What was sent over the old connection may not have arrived.
    this.#own = '0';
  }

  /**
   * A group that is gone, with its stream or without, begins anew before the first entry that there is. The second part of
   * its place says how many entries it was handed before, so that its readers count what is missing since, and count it
   * once.
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
    // Looked at first: a claim counts as a try.
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
    // While it waits there is nothing that could be trimmed away before it is read.
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

  /** How often each entry was handed out that nobody has acknowledged, oldest first. */
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
