/** Records on their way to other processes and machines, in a stream of Redis. */
import { hostname } from 'node:os';
import { diagnostics } from '../core/diagnostics';
import type { LogRecord } from '../core/log-record';
import { ConfigurationError, DeliveryError } from '../errors';
import { isPlainObject } from '../internal/foreign';
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
import type { DeliveryStats } from '../internal/outbox/delivery-stats';
import { Outbox } from '../internal/outbox/outbox';
import { OUTBOX_SPEC, type OutboxOptions } from '../internal/outbox/outbox-options';
import { spaceTag } from '../internal/process-space';
import type { Delivery, LogQueue } from './log-queue';
import { encodeRecord } from './record-data';
import { GroupReader } from './redis-stream/group-reader';
import { RedisConnection } from './redis-stream/redis-connection';
import { StreamAppender, type Appended } from './redis-stream/stream-appender';
import { StreamConsumer } from './redis-stream/stream-consumer';

/** What a cluster makes the slot of, where the name has it; else it takes the whole name. */
const HASH_TAG = /^[^{]*\{[^}]+\}/;

/**
 * The key for `what` beside the stream: `{logs}:aside` for `logs`, and `a{b}c:aside` for `a{b}c`.
 *
 * @throws ConfigurationError for a name to which there is no such key.
 */
export function keyBeside(owner: string, stream: string, what: string): string {
  if (HASH_TAG.test(stream)) return `${stream}:${what}`;
  if (!stream.includes('}')) return `{${stream}}:${what}`;
  throw new ConfigurationError(
    `${owner}: "stream" must have no "}" but at the end of a hash tag such as {logs}, got ${JSON.stringify(stream)}.`,
  );
}

export interface RedisStreamQueueOptions extends OutboxOptions {
  /** `redis://[user:password@]host:port[/database]`, or `rediss:` for TLS. @defaultValue 'redis://127.0.0.1:6379' */
  readonly url?: string;
  /** Further nodes of a cluster, as URLs, asked in turn while the one of `url` cannot be reached. @defaultValue none */
  readonly nodes?: readonly string[];
  /** Further options of `createClient` of the package `redis`: `username`, `password`, `database`, `socket` … */
  readonly client?: Readonly<Record<string, unknown>>;
  /** Key of the stream. @defaultValue 'logs' */
  readonly stream?: string;
  /** About how many records the stream keeps, handled or not; 0 keeps all. @defaultValue 1_000_000 */
  readonly maxLength?: number;
  /** Consumers of one group share the records; each group gets all. @defaultValue 'nestjs-hindsight' */
  readonly group?: string;
  /** Who takes the records, one name for each process that runs at a time. @defaultValue host name, process id and container */
  readonly consumer?: string;
  /** Records that are sent, or taken, at a time. @defaultValue 500 */
  readonly batchSize?: number;
  /**
   * Seconds after which what another consumer took and did not acknowledge is taken from it, and what a handler failed
   * with is tried again. More than the handlers need for `batchSize` records. @defaultValue 30
   */
  readonly claimAfter?: number;
  /** A record that failed so often is moved to the stream `{STREAM}:aside`. @defaultValue 5 */
  readonly maxDeliveries?: number;
  /**
   * End for the listener when there is nothing left: `dequeue` then resolves with `undefined`, and rejects while Redis
   * cannot be reached. @defaultValue false: wait for more
   */
  readonly untilEmpty?: boolean;
  /** Seconds that a connection, or an answer of Redis, is waited for. @defaultValue 5 */
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
  return { ...NAME, fallback } as Rule<string>;
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

/** What became of the records: those put in, and those taken out. */
export interface RedisStreamQueueStats extends DeliveryStats {
  /** Handed out to a listener. */
  readonly received: number;
  /** Among `received`: handed out before, to this or another consumer. */
  readonly repeated: number;
  readonly acknowledged: number;
  /** Moved to `{STREAM}:aside`. */
  readonly setAside: number;
  /** Gone before this group handled them: by `maxLength` or another client's XTRIM, or with a stream that was deleted. */
  readonly trimmed: number;
}

/**
 * Carries records through a stream of Redis (6.2 or newer) to consumers in other processes, `npx nestjs-hindsight listen`
 * or a QueueListener of your own. Needs the package `redis`. It connects when a record comes, or is asked for.
 *
 * - A log call puts the record into a bounded queue of this process, which holds it while Redis is away; what it drops
 *   is counted and reported, see `maxQueued`. A record whose arrival is in doubt is sent again and is in the stream once.
 * - A record that was handed out and not acknowledged comes again: to the same consumer when it reconnects, to another
 *   one after `claimAfter`. So a consumer that is killed loses nothing, and what it had handled but not acknowledged is
 *   handled twice.
 * - Within a consumer the records of a process come in their order; what comes again comes later.
 * - What `maxLength`, or whoever deletes the stream, removes before it was handled is counted and reported by the consumers.
 * - On a cluster `url` is any of its nodes: all keys are of the stream's hash slot, and the node that has it is found, also
 *   when the slot is moved or another node takes over. What a master that fails had not told its replica is lost.
 * - Reading keeps the process alive until the listener is stopped.
 *
 * @throws ConfigurationError `ERR_LOG_OPTION` for a bad option, `ERR_LOG_MISSING_PEER` at the first use without `redis`.
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
    this.consumer = settings.consumer ?? `${hostname()}-${process.pid}-${spaceTag()}`;
    // Two connections: a reader that waits for a record would hold up what is sent.
    const appender = new StreamAppender(this.#connection(), {
      ...settings,
      placePrefix: keyBeside(owner, settings.stream, 'from'),
    });
    this.#outbox = new Outbox(this.#owner(), appender, settings);
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

  /** @throws DeliveryError when the queue is closed. */
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

  /** Resolves when what was put in is in the stream, and after `flushTimeout`, reported, at the latest. */
  async flush(): Promise<void> {
    await this.#outbox.flush();
  }

  /** At the end of the process: reports what is left. */
  flushSync(): void {
    this.#outbox.flushSync();
  }

  /** Sends what waits, within `flushTimeout`, and gives back what was read and not handed out. */
  async close(): Promise<void> {
    this.#closed = true;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(
        () => reject(new DeliveryError('Redis did not answer in time')),
        this.#flushTimeoutMs,
      );
    });
    const given = Promise.race([this.#taking.close(), late]).catch((error: unknown) =>
      this.#report('what was read could not be given back, others take it later', error),
    );
    await Promise.all([this.#outbox.close(), given]);
    clearTimeout(timer);
    this.#reading.close();
  }

  stats(): RedisStreamQueueStats {
    return { ...this.#outbox.stats(), ...this.#taking.counts, trimmed: this.#trimmed };
  }

  /** Who it is in a report. */
  describe(): string {
    return `${this.constructor.name} ${this.stream}`;
  }

  #connection(): RedisConnection {
    const { url, nodes, client, timeout } = this.#settings;
    return new RedisConnection({ urls: [url, ...nodes], client, timeoutMs: timeout * 1000 });
  }

  #reader(): GroupReader {
    const { stream, group, batchSize, claimAfter, maxLength } = this.#settings;
    const { consumer } = this;
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
      `${records} left the stream before the group "${this.group}" handled them, raise maxLength unless the stream was deleted`,
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
