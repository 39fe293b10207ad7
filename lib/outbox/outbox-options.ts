/** The options that all network handlers share. */
import { integer, number, oneOf, type SpecOf } from '../internal/options';

/** What to do with a record when the queue is full. */
export type OverflowPolicy = 'drop-oldest' | 'drop-newest';

export interface OutboxOptions {
  /** Most records that may wait, including those being sent. @defaultValue 10000 */
  readonly maxQueued?: number;
  /** Most bytes that may wait, including those being sent. @defaultValue 16 MiB */
  readonly maxQueuedBytes?: number;
  /** Which record is dropped, and counted, when the queue is full. @defaultValue 'drop-oldest' */
  readonly overflow?: OverflowPolicy;
  /** Pause after the first failure, in seconds. Each pause is shortened by up to a half at random. @defaultValue 1 */
  readonly retryStart?: number;
  /** Each pause is this many times as long as the one before; at least 1. @defaultValue 2 */
  readonly retryFactor?: number;
  /** Longest pause, in seconds. @defaultValue 30 */
  readonly retryMax?: number;
  /** How long `flush()` and `close()` wait for the delivery of queued records, in seconds. @defaultValue 5 */
  readonly flushTimeout?: number;
}

/** Longest delay of a Node timer. A longer one would fire at once. */
export const MAX_TIMER_MS = 2 ** 31 - 1;

/** The shortest pause, in seconds: without any, a peer that is down would take a whole core. */
const LEAST_PAUSE = 0.001;

export const OUTBOX_SPEC = {
  maxQueued: integer(1, 10_000),
  maxQueuedBytes: integer(1, 16 * 1024 * 1024),
  overflow: oneOf(['drop-oldest', 'drop-newest'], 'drop-oldest'),
  retryStart: number(LEAST_PAUSE, 1),
  retryFactor: number(1, 2),
  retryMax: number(LEAST_PAUSE, 30),
  flushTimeout: number(0, 5),
} satisfies SpecOf<OutboxOptions>;
