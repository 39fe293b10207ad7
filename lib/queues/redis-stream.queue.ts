/** A queue in a Redis stream, for listeners in other processes and on other machines. */
import { hostname } from 'node:os';
import { diagnostics } from '../core/diagnostics';
import type { LogRecord } from '../core/log-record';
import { ConfigurationError, DeliveryError } from '../errors';
import { checkInteger, checkNumber } from '../internal/check-number';
import { checkedOptions, type OptionNames } from '../internal/checked-options';
import { isPlainObject } from '../internal/foreign';
import { spaceTag } from '../internal/process-space';
import { withTimeLimit } from '../internal/time-limit';
import type { DeliveryStats } from '../outbox/outage';
import { Outbox } from '../outbox/outbox';
import { checkOutboxOptions, OUTBOX_OPTIONS, type OutboxOptions } from '../outbox/outbox-options';
import type { Delivery, LogQueue } from './log-queue';
import { encodeRecord } from './record-data';
import { GroupReader } from './redis-stream/group-reader';
import { RedisConnection } from './redis-stream/redis-connection';
import { StreamAppender, type Appended } from './redis-stream/stream-appender';
import { StreamConsumer } from './redis-stream/stream-consumer';

/** A hash tag: the part of a key from which a cluster computes the slot, if there is one. */
const HASH_TAG = /^[^{]*\{[^}]+\}/;

/**
 * A key in the same hash slot as the stream: `{logs}:aside` for `logs`, and `a{b}c:aside` for `a{b}c`.
 *
 * @throws ConfigurationError if there is no such key.
 */
export function keyBeside(owner: string, stream: string, what: string): string {
  if (HASH_TAG.test(stream)) return `${stream}:${what}`;
  if (!stream.includes('}')) return `{${stream}}:${what}`;
  throw new ConfigurationError(
    `${owner}: "stream" may contain "}" only at the end of a hash tag such as {logs}, got ${JSON.stringify(stream)}.`,
  );
}

export interface RedisStreamQueueOptions extends OutboxOptions {
  /** `redis://[user:password@]host:port[/database]`, or `rediss:` for TLS. @defaultValue 'redis://127.0.0.1:6379' */
  readonly url?: string;
  /** URLs of further cluster nodes. They are tried in turn if the node of `url` cannot be reached. @defaultValue none */
  readonly nodes?: readonly string[];
  /** Further options for `createClient` of the package `redis`: `username`, `password`, `database`, `socket` … */
  readonly client?: Readonly<Record<string, unknown>>;
  /** Key of the stream. @defaultValue 'logs' */
  readonly stream?: string;
  /** Approximate maximum length of the stream, including handled records. 0 keeps all. @defaultValue 1_000_000 */
  readonly maxLength?: number;
  /** The consumers of one group share the records. Each group gets all records. @defaultValue 'nestjs-hindsight' */
  readonly group?: string;
  /** Name of the consumer, different for each running process. @defaultValue host name, process id and container */
  readonly consumer?: string;
  /** Most records that are sent or read at a time. @defaultValue 500 */
  readonly batchSize?: number;
  /**
   * Seconds after which a record is read again if a handler failed, or if its consumer has not acknowledged it. Must be more
   * than the handlers need for `batchSize` records. @defaultValue 30
   */
  readonly claimAfter?: number;
  /** A record that failed this often is moved to the stream `{STREAM}:aside`. @defaultValue 5 */
  readonly maxDeliveries?: number;
  /**
   * End the listener when the stream is empty: `dequeue` then resolves with `undefined`, and rejects if Redis cannot be
   * reached. @defaultValue false: wait for more
   */
  readonly untilEmpty?: boolean;
  /** Time limit for connecting and for a reply of Redis, in seconds. @defaultValue 5 */
  readonly timeout?: number;
}

export const REDIS_STREAM_OPTIONS = {
  ...OUTBOX_OPTIONS,
  url: true,
  nodes: true,
  client: true,
  stream: true,
  maxLength: true,
  group: true,
  consumer: true,
  batchSize: true,
  claimAfter: true,
  maxDeliveries: true,
  untilEmpty: true,
  timeout: true,
} as const satisfies OptionNames<RedisStreamQueueOptions>;

const DEFAULTS = {
  url: 'redis://127.0.0.1:6379',
  nodes: [],
  client: {},
  stream: 'logs',
  maxLength: 1_000_000,
  group: 'nestjs-hindsight',
  batchSize: 500,
  claimAfter: 30,
  maxDeliveries: 5,
  untilEmpty: false,
  timeout: 5,
} as const satisfies RedisStreamQueueOptions;

/** Counts of the records that were sent and read. */
export interface RedisStreamQueueStats extends DeliveryStats {
  /** Delivered to a listener. */
  readonly received: number;
  /** Records of `received` that were delivered before, to this or another consumer. */
  readonly repeated: number;
  readonly acknowledged: number;
  /** Moved to `{STREAM}:aside`. */
  readonly setAside: number;
  /** Removed before this group handled them: by `maxLength`, by another client's XTRIM, or with a deleted stream. */
  readonly trimmed: number;
}

type Settings = Required<Omit<RedisStreamQueueOptions, keyof OutboxOptions>>;

function checkText(owner: string, name: string, value: unknown): void {
  if (typeof value === 'string' && value !== '') return;
  throw new ConfigurationError(`${owner}: "${name}" must be a non-empty string, got ${typeof value}.`);
}

/** The URL is not repeated: it may hold a password. */
function checkUrl(owner: string, name: 'url' | 'nodes', url: unknown): void {
  const protocol = typeof url === 'string' && URL.canParse(url) ? new URL(url).protocol : undefined;
  if (protocol === 'redis:' || protocol === 'rediss:') return;
  throw new ConfigurationError(
    `${owner}: "${name}" must be ${name === 'url' ? '' : 'a list of '}redis://host:port or rediss://host:port, got ${protocol ?? typeof url}.`,
  );
}

function settingsOf(owner: string, options: RedisStreamQueueOptions): Settings {
  const settings: Settings = {
    url: options.url ?? DEFAULTS.url,
    nodes: options.nodes ?? DEFAULTS.nodes,
    client: options.client ?? DEFAULTS.client,
    stream: options.stream ?? DEFAULTS.stream,
    maxLength: options.maxLength ?? DEFAULTS.maxLength,
    group: options.group ?? DEFAULTS.group,
    consumer: options.consumer ?? `${hostname()}-${process.pid}-${spaceTag()}`,
    batchSize: options.batchSize ?? DEFAULTS.batchSize,
    claimAfter: options.claimAfter ?? DEFAULTS.claimAfter,
    maxDeliveries: options.maxDeliveries ?? DEFAULTS.maxDeliveries,
    untilEmpty: options.untilEmpty ?? DEFAULTS.untilEmpty,
    timeout: options.timeout ?? DEFAULTS.timeout,
  };
  checkUrl(owner, 'url', settings.url);
  // A value that is not a list is reported by the same check.
  for (const node of Array.isArray(settings.nodes) ? settings.nodes : [settings.nodes])
    checkUrl(owner, 'nodes', node);
  for (const name of ['stream', 'group', 'consumer'] as const) checkText(owner, name, settings[name]);
  if (!isPlainObject(settings.client)) {
    throw new ConfigurationError(`${owner}: "client" must be an object, got ${typeof settings.client}.`);
  }
  checkInteger(owner, 'maxLength', { value: settings.maxLength, least: 0 });
  checkInteger(owner, 'batchSize', { value: settings.batchSize, least: 1 });
  checkInteger(owner, 'maxDeliveries', { value: settings.maxDeliveries, least: 1 });
  for (const name of ['claimAfter', 'timeout'] as const)
    checkNumber(owner, name, { value: settings[name], least: 0.001 });
  return settings;
}

/**
 * Sends records through a Redis stream (Redis 6.2 or newer) to consumers in other processes: `npx nestjs-hindsight listen`
 * or your own QueueListener. Needs the package `redis`. It connects when the first record is sent or read.
 *
 * - A log call puts the record into a bounded queue of this process, which keeps it while Redis is down. Dropped records are
 *   counted and reported, see `maxQueued`. If it is not known whether a record has arrived, it is sent again, but it is in
 *   the stream only once.
 * - A record that was delivered but not acknowledged comes again: to the same consumer when it reconnects, or to another one
 *   after `claimAfter`. A consumer that is killed loses nothing, but records that it handled without an acknowledgement are
 *   handled twice.
 * - A consumer gets the records of one process in order. Records that come again come later.
 * - The consumers count and report records that were removed before they were handled: by `maxLength`, or because the stream
 *   was deleted.
 * - With a cluster, `url` is any of its nodes. All keys are in the stream's hash slot. The node with this slot is
 *   found, also
 *   when the slot moves or after a failover. Records that a failed master had not replicated are lost.
 * - Reading keeps the process alive until the listener is stopped.
 *
 * @throws ConfigurationError `ERR_LOG_OPTION` for an invalid option, `ERR_LOG_MISSING_PEER` at the first use without
 * `redis`.
 * @example
 * const queue = new RedisStreamQueue({ url: 'redis://logs.example:6379' });
 * root.addHandler(new QueueHandler(queue));
 */
export class RedisStreamQueue implements LogQueue {
  readonly encodes = true;
  readonly stream: string;
  readonly group: string;
  readonly consumer: string;
  readonly #settings: Settings;
  readonly #flushTimeoutMs: number;
  readonly #outbox: Outbox<Appended>;
  readonly #reading: RedisConnection;
  readonly #taking: StreamConsumer;
  #number = 0;
  #trimmed = 0;
  #closed = false;

  constructor(options: RedisStreamQueueOptions = {}) {
    const owner = new.target.name;
    options = checkedOptions(owner, options, new.target === RedisStreamQueue && REDIS_STREAM_OPTIONS);
    const settings = settingsOf(owner, options);
    const outbox = checkOutboxOptions(owner, options);
    this.#settings = settings;
    this.#flushTimeoutMs = outbox.flushTimeout * 1000;
    this.stream = settings.stream;
    this.group = settings.group;
    this.consumer = settings.consumer;
    // Two connections, because a command that waits for a record would delay the sending.
    const appender = new StreamAppender(this.#connection(), {
      ...settings,
      placePrefix: keyBeside(owner, settings.stream, 'from'),
    });
    this.#outbox = new Outbox(this.#owner(), appender, outbox);
    this.#reading = this.#connection();
    this.#taking = new StreamConsumer(this.#reading, this.#reader(), {
      maxDeliveries: settings.maxDeliveries,
      untilEmpty: settings.untilEmpty,
      ...this.#owner(),
    });
  }

  /** Records that wait to be sent. */
  get size(): number {
    return this.#outbox.stats().queued;
  }

  /** @throws DeliveryError if the queue is closed. */
  enqueue(record: LogRecord): void {
    if (this.#closed) throw new DeliveryError('the queue is closed');
    const text = encodeRecord(record);
    this.#outbox.put({ text, number: ++this.#number }, text.length);
  }

  async dequeue(signal: AbortSignal): Promise<readonly Delivery[] | undefined> {
    const taken = await this.#taking.take(signal);
    const isOver = this.#closed || (this.#settings.untilEmpty && !signal.aborted);
    return taken.length === 0 && isOver ? undefined : taken;
  }

  /** Resolves when all records are in the stream, or after `flushTimeout`, which is reported. */
  async flush(): Promise<void> {
    await this.#outbox.flush();
  }

  /** Called at the end of the process. Reports the records that are left. */
  flushSync(): void {
    this.#outbox.flushSync();
  }

  /** Sends the waiting records within `flushTimeout`, and releases records that were read but not delivered. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([this.#outbox.close(), this.#release()]);
    this.#reading.close();
  }

  async #release(): Promise<void> {
    const late = new DeliveryError('Redis did not answer in time');
    try {
      await withTimeLimit(this.#taking.close(), this.#flushTimeoutMs, () => late);
    } catch (error) {
      this.#report('records could not be released, other consumers get them later', error);
    }
  }

  stats(): RedisStreamQueueStats {
    return { ...this.#outbox.stats(), ...this.#taking.counts, trimmed: this.#trimmed };
  }

  /** Name in reports. */
  describe(): string {
    return `${this.constructor.name} ${this.stream}`;
  }

  #connection(): RedisConnection {
    const { url, nodes, client, timeout } = this.#settings;
    return new RedisConnection({ urls: [url, ...nodes], client, timeoutMs: timeout * 1000 });
  }

  #reader(): GroupReader {
    const { stream, group, consumer, batchSize, claimAfter, maxLength } = this.#settings;
    return new GroupReader(this.#reading, {
      stream,
      group,
      consumer,
      batchSize,
      claimAfterMs: Math.ceil(claimAfter * 1000),
      asideStream: keyBeside(this.constructor.name, stream, 'aside'),
      asideLength: maxLength,
      onTrimmed: (count) => this.#noteTrimmed(count),
    });
  }

  #noteTrimmed(count: number): void {
    this.#trimmed += count;
    const records = count === 1 ? '1 record' : `${count} records`;
    this.#report(
      `${records} left the stream before the group "${this.group}" handled them, increase maxLength unless the stream was deleted`,
    );
  }

  #owner(): { report: (what: string, error?: unknown) => void; recovered: (what: string) => void } {
    return {
      report: (what, error) => this.#report(what, error),
      recovered: (what) => diagnostics.recovered({ source: this.describe(), what }),
    };
  }

  #report(what: string, error?: unknown): void {
    diagnostics.report({ source: this.describe(), what, error });
  }
}
