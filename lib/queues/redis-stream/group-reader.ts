/** Reads a stream as one consumer of a group: what it left, what the dead left, and what is new. */
import { isError } from '../../internal/is-error';
import type { RedisConnection } from './redis-connection';
import {
  claimedEntries,
  deliveryCounts,
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

/** Longest wait for a new entry, in ms: an acknowledgement waits behind it. */
const BLOCK_MS = 500;

/** Entries of one consumer that are looked at to learn how often some of them were handed out. */
const MOST_COUNTED = 100_000;

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
  #claimCursor = '0-0';
  #claimAt = 0;

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
    const held = await this.#connection.command(['XPENDING', stream, group, '-', '+', '1', consumer]);
    if (deliveryCounts(held).size > 0) return;
    await this.#connection.command(['XGROUP', 'DELCONSUMER', stream, group, consumer]);
  }

  async #join(): Promise<void> {
    await this.#connection.open();
    if (this.#joined === this.#connection.count) return;
    const { stream, group } = this.#options;
    try {
      await this.#connection.command(['XGROUP', 'CREATE', stream, group, '0', 'MKSTREAM']);
    } catch (error) {
      if (!isReply(error, 'BUSYGROUP')) throw error;
    }
    this.#joined = this.#connection.count;
    // What was sent over the old connection may not have arrived.
    this.#own = '0';
  }

  async #readOwn(): Promise<readonly HandedOut[] | undefined> {
    if (this.#own === undefined) return undefined;
    const entries = readEntries(await this.#connection.command(this.#readArgs(this.#own)));
    this.#own = entries.at(-1)?.id;
    if (this.#own === undefined) return undefined;
    const trimmed = entries.filter((entry) => entry.trimmed).map(({ id }) => id);
    await this.#noteTrimmed(trimmed);
    const left = entries.filter((entry) => !entry.trimmed);
    return left.length === 0 ? undefined : this.#counted(left);
  }

  async #claim(): Promise<readonly HandedOut[] | undefined> {
    const now = performance.now();
    if (now < this.#claimAt) return undefined;
    const { stream, group, consumer, claimAfterMs, batchSize, onTrimmed } = this.#options;
    const count = ['COUNT', String(batchSize)];
    const reply = await this.#connection.command([
      'XAUTOCLAIM',
      stream,
      group,
      consumer,
      String(claimAfterMs),
      this.#claimCursor,
      ...count,
    ]);
    const { cursor, entries, trimmed } = claimedEntries(reply);
    this.#claimCursor = cursor;
    if (cursor === '0-0') this.#claimAt = now + claimAfterMs / 2;
    if (trimmed > 0) onTrimmed(trimmed);
    return entries.length === 0 ? undefined : this.#counted(entries);
  }

  async #readNew(): Promise<readonly HandedOut[]> {
    const { stream, group, onTrimmed } = this.#options;
    const [groups, reply] = await this.#connection.transaction([
      ['XINFO', 'GROUPS', stream],
      this.#readArgs('>'),
    ]);
    let entries = readEntries(reply);
    const [first, before] = [entries[0], lastDelivered(groups, group)];
    const missing = first === undefined || before === undefined ? 0 : missingBetween(before, first.id);
    if (missing > 0) onTrimmed(missing);
    // While it waits there is nothing that could be trimmed away before it is read.
    if (first === undefined)
      entries = readEntries(await this.#connection.command(this.#readArgs('>', BLOCK_MS), BLOCK_MS));
    return entries.map((entry) => ({ ...entry, tries: 1 }));
  }

  #readArgs(from: string, blockMs?: number): string[] {
    const { stream, group, consumer, batchSize } = this.#options;
    const block = blockMs === undefined ? [] : ['BLOCK', String(blockMs)];
    const count = ['COUNT', String(batchSize)];
    return ['XREADGROUP', 'GROUP', group, consumer, ...count, ...block, 'STREAMS', stream, from];
  }

  async #noteTrimmed(ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return;
    this.#options.onTrimmed(ids.length);
    await this.acknowledge(ids);
  }

  async #counted(entries: readonly Entry[]): Promise<readonly HandedOut[]> {
    const [first, last] = [entries[0], entries.at(-1)];
    if (first === undefined || last === undefined) return [];
    const { stream, group, consumer } = this.#options;
    // Entries between them that this consumer holds already are listed too.
    const limit = String(MOST_COUNTED);
    const range = ['XPENDING', stream, group, first.id, last.id, limit, consumer];
    const counts = deliveryCounts(await this.#connection.command(range));
    return entries.map((entry) => ({ ...entry, tries: counts.get(entry.id) ?? 1 }));
  }
}
