/** A queue in a Redis stream, for listeners in other processes and on other machines. */
import { diagnostics } from '../core/diagnostics';
import type { LogRecord } from '../core/log-record';
import { ConfigurationError, DeliveryError } from '../errors';
import { isPlainObject } from '../internal/foreign';
import { lazy } from '../internal/lazy';
import {
  accepting,
  boolean,
  integer,
  number,
  otherwise,
  declareOptions,
  readOptions,
  type Rule,
  type Settings,
  type SpecOf,
} from '../internal/options';
import type { DeliveryStats } from '../outbox/outage';
import type { Outbox } from '../outbox/outbox';
import { OUTBOX_SPEC, type OutboxOptions } from '../outbox/outbox-options';
import { hostName, spaceTag } from '../internal/process-space';
import { withTimeLimit } from '../internal/time-limit';
import type { Delivery, LogQueue } from './log-queue';
import { encodeRecord } from './record-data';
import type { GroupReader } from './redis-stream/group-reader';
import type { RedisConnection } from './redis-stream/redis-connection';
import type { Appended } from './redis-stream/stream-appender';
import type { StreamConsumer } from './redis-stream/stream-consumer';

const loadOutbox = lazy(() => require('../outbox/outbox') as typeof import('../outbox/outbox'));
const loadReader = lazy(
  () => require('./redis-stream/group-reader') as typeof import('./redis-stream/group-reader'),
);
const loadConnection = lazy(
  () => require('./redis-stream/redis-connection') as typeof import('./redis-stream/redis-connection'),
);
const loadAppender = lazy(
  () => require('./redis-stream/stream-appender') as typeof import('./redis-stream/stream-appender'),
);
const loadConsumer = lazy(
  () => require('./redis-stream/stream-consumer') as typeof import('./redis-stream/stream-consumer'),
);

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
  /** Maximum records that are sent or read at a time. @defaultValue 500 */
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

/** The URL is not repeated in an error text: it may hold a password. */
function isUrl(value: unknown): value is string {
  const protocol = typeof value === 'string' && URL.canParse(value) ? new URL(value).protocol : undefined;
  return protocol === 'redis:' || protocol === 'rediss:';
}

const URLS = 'redis://host:port or rediss://host:port';

const NAME = accepting(
  'a string that is not empty',
  (value): value is string => typeof value === 'string' && value !== '',
);

function name(fallback: string): Rule<string> {
  return { ...NAME, fallback };
}

export const REDIS_STREAM_SPEC = {
  ...OUTBOX_SPEC,
  url: accepting(URLS, isUrl, {
    fallback: 'redis://127.0.0.1:6379',
    secret: true,
  }),
  nodes: accepting(
    `a list of ${URLS}`,
    (value): value is readonly string[] => Array.isArray(value) && value.every(isUrl),
    { fallback: [], otherwise: 'none', secret: true },
  ),
  client: accepting('an object', isPlainObject, { fallback: {}, otherwise: 'none', secret: true }),
  stream: name('logs'),
  maxLength: integer(0, 1_000_000),
  group: name('nestjs-hindsight'),
  consumer: otherwise(NAME, 'host name, process id and container'),
  batchSize: integer(1, 500),
  claimAfter: number(0.001, 30),
  maxDeliveries: integer(1, 5),
  untilEmpty: boolean(false),
  timeout: number(0.001, 5),
} satisfies SpecOf<RedisStreamQueueOptions>;

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
  readonly #settings: Settings<typeof REDIS_STREAM_SPEC>;
  readonly #flushTimeoutMs: number;
  readonly #outbox: Outbox<Appended>;
  readonly #reading: RedisConnection;
  readonly #taking: StreamConsumer;
  #number = 0;
  #trimmed = 0;
  #closed = false;

  constructor(options: RedisStreamQueueOptions = {}) {
    const owner = new.target.name;
    const settings = readOptions(REDIS_STREAM_SPEC, options, new.target);
    this.#settings = settings;
    this.#flushTimeoutMs = settings.flushTimeout * 1000;
    this.stream = settings.stream;
    this.group = settings.group;
    this.consumer = settings.consumer ?? `${hostName()}-${process.pid}-${spaceTag()}`;
    // Two connections: a reader that waits for a record would hold up what is sent.
    const appender = new (loadAppender().StreamAppender)(this.#connection(), {
      ...settings,
      placePrefix: keyBeside(owner, settings.stream, 'from'),
    });
    this.#outbox = new (loadOutbox().Outbox)(this.#owner(), appender, settings);
    this.#reading = this.#connection();
    this.#taking = new (loadConsumer().StreamConsumer)(this.#reading, this.#reader(), {
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
    const urls = [url, ...nodes];
    return new (loadConnection().RedisConnection)({ urls, client, timeoutMs: timeout * 1000 });
  }

  #reader(): GroupReader {
    const { stream, group, batchSize, claimAfter, maxLength } = this.#settings;
    const { consumer } = this;
    return new (loadReader().GroupReader)(this.#reading, {
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

declareOptions(RedisStreamQueue, REDIS_STREAM_SPEC);
