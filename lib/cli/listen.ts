/** The command `listen`: a process that takes records out of Redis and hands them to configured handlers. */
import { presentHandlers } from '../config/loggers';
import { dictConfig } from '../config/dict-config';
import { getHandlerByName, type Handler } from '../core/handler';
import type { LogRecord } from '../core/log-record';
import { defaultManager, nearestLogger, type Manager } from '../core/manager';
import { shutdown } from '../core/shutdown';
import { ConfigurationError, DeliveryError } from '../errors';
import { QueueListener } from '../handlers';
import { isError } from '../internal/foreign';
import { assertPeer } from '../internal/optional-peer';
import {
  QueuedRecord,
  RedisStreamQueue,
  type Delivery,
  type LogQueue,
  type RedisStreamQueueStats,
} from '../queues';
import { UsageError, type ListenCommand } from './arguments';
import { readListenConfig } from './listen-config';

/** Passes records to the loggers with their names. Does not check logger levels: the process that logged has done so. */
export class TreeListener extends QueueListener {
  readonly #manager: Manager;

  /** @param handlers - are flushed before records are acknowledged */
  constructor(queue: LogQueue, handlers: readonly Handler[], manager: Manager) {
    super(queue, handlers, { flushBeforeAck: true });
    this.#manager = manager;
  }

  override handle(record: LogRecord): void {
    const prepared = this.prepare(record);
    const to = record instanceof QueuedRecord ? record.to : undefined;
    // Create no loggers: the names come from other processes, and loggers are never removed.
    if (to === undefined) return nearestLogger(this.#manager, prepared.name).handle(prepared);
    const handler = getHandlerByName(to);
    if (handler === undefined)
      throw new DeliveryError(`the record is for the handler "${to}", which is not configured`);
    handler.handle(prepared);
  }

  override describe(): string {
    return 'listen';
  }
}

/** The counts that are printed. */
export type Counts = Pick<RedisStreamQueueStats, 'acknowledged' | 'repeated' | 'setAside' | 'trimmed'>;

/** Where the progress is printed. */
export interface ProgressOutput {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

/** Pause between two updates on a terminal, in ms. */
const INTERVAL_MS = 250;
const CLEAR_LINE = '\r\u001B[K';

function counted(count: number, what: string): string {
  return `${count.toLocaleString('en-US')} ${what}`;
}

/** Such as `12,345 records handled, 1,200/s, 3 handed out again`. Counts of rare events are omitted if they are 0. */
export function progressText(counts: Counts, perSecond?: number): string {
  const { acknowledged, repeated, setAside, trimmed } = counts;
  return [
    counted(acknowledged, acknowledged === 1 ? 'record handled' : 'records handled'),
    ...(perSecond === undefined ? [] : [`${Math.round(perSecond).toLocaleString('en-US')}/s`]),
    ...(repeated > 0 ? [counted(repeated, 'handed out again')] : []),
    ...(setAside > 0 ? [counted(setAside, 'set aside')] : []),
    ...(trimmed > 0 ? [counted(trimmed, 'lost to maxLength')] : []),
  ].join(', ');
}

/** Prints the progress from its construction on. `end()` clears the line on a terminal and prints the totals. */
export class Progress {
  readonly #output: ProgressOutput;
  readonly #counts: () => Counts;
  readonly #timer: NodeJS.Timeout | undefined;
  #last = 0;
  #at = performance.now();

  constructor(output: ProgressOutput, title: string, counts: () => Counts) {
    this.#output = output;
    this.#counts = counts;
    output.write(`${title}\n`);
    if (output.isTTY === true) this.#timer = setInterval(() => this.#show(), INTERVAL_MS).unref();
  }

  end(): void {
    clearInterval(this.#timer);
    if (this.#timer !== undefined) this.#output.write(CLEAR_LINE);
    this.#output.write(`${progressText(this.#counts())}\n`);
  }

  #show(): void {
    const counts = this.#counts();
    const now = performance.now();
    const perSecond = ((counts.acknowledged - this.#last) * 1000) / (now - this.#at);
    this.#last = counts.acknowledged;
    this.#at = now;
    this.#output.write(CLEAR_LINE + progressText(counts, perSecond));
  }
}

/** Reports the end or the failure of a queue, and ends for the listener then, so that it does not try again. */
export class EndingQueue implements LogQueue {
  /** Resolves with undefined when the queue has ended, with the Error when it has failed. */
  readonly ended: Promise<Error | undefined>;
  readonly #queue: LogQueue;
  #end: (error?: Error) => void = () => undefined;

  constructor(queue: LogQueue) {
    this.#queue = queue;
    this.ended = new Promise((resolve) => (this.#end = resolve));
  }

  get size(): number {
    return this.#queue.size;
  }

  enqueue(record: LogRecord): void | Promise<void> {
    return this.#queue.enqueue(record);
  }

  async dequeue(signal: AbortSignal): Promise<readonly Delivery[] | undefined> {
    try {
      const batch = await this.#queue.dequeue(signal);
      if (batch === undefined) this.#end();
      return batch;
    } catch (error) {
      this.#end(isError(error) ? error : new Error(String(error)));
      return undefined;
    }
  }

  close(): void | Promise<void> {
    return this.#queue.close();
  }
}

const SIGNALS = ['SIGTERM', 'SIGINT'] as const;

/** Resolves at the first signal. Then removes the listeners, so that a second signal ends the process. */
function untilSignalled(): Promise<undefined> {
  return new Promise((resolve) => {
    const onSignal = (): void => {
      for (const signal of SIGNALS) process.off(signal, onSignal);
      resolve(undefined);
    };
    for (const signal of SIGNALS) process.on(signal, onSignal);
  });
}

/** @throws UsageError for a wrong configuration. */
function setUp({ config, once }: ListenCommand): RedisStreamQueue {
  const { logging, queue: options } = readListenConfig(config, process.env);
  try {
    assertPeer('redis', 'listen');
    const queue = new RedisStreamQueue({ ...options, untilEmpty: once });
    dictConfig(logging);
    return queue;
  } catch (error) {
    if (error instanceof ConfigurationError) throw new UsageError(error.message);
    throw error;
  }
}

/** Returns the exit code when the queue is empty, or after a signal. */
export async function listen(command: ListenCommand): Promise<number> {
  const queue = setUp(command);
  const handlers = [...presentHandlers(defaultManager)];
  if (handlers.length === 0) throw new UsageError(`${command.config} configures no handler.`);
  const ending = new EndingQueue(queue);
  const signalled = untilSignalled();
  const title = `listening to the stream "${queue.stream}" as "${queue.consumer}" of the group "${queue.group}"`;
  const progress = command.quiet ? undefined : new Progress(process.stderr, title, () => queue.stats());
  const listener = new TreeListener(ending, handlers, defaultManager).start();
  const error = await Promise.race([ending.ended, signalled]);
  await listener.stop();
  await queue.close();
  await shutdown();
  progress?.end();
  if (error !== undefined) throw error;
  return 0;
}
