/** The options that all network handlers share, their defaults and their checks. */
import { ConfigurationError } from '../errors';
import { checkInteger, checkNumber } from '../internal/check-number';
import type { OptionNames } from '../internal/checked-options';

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

export const OUTBOX_OPTIONS = {
  maxQueued: true,
  maxQueuedBytes: true,
  overflow: true,
  retryStart: true,
  retryFactor: true,
  retryMax: true,
  flushTimeout: true,
} as const satisfies OptionNames<OutboxOptions>;

export const OUTBOX_DEFAULTS = {
  maxQueued: 10_000,
  maxQueuedBytes: 16 * 1024 * 1024,
  overflow: 'drop-oldest',
  retryStart: 1,
  retryFactor: 2,
  retryMax: 30,
  flushTimeout: 5,
} as const satisfies Required<OutboxOptions>;

/** The shortest pause, in seconds. Without a pause, a peer that is down would keep one core busy. */
const LEAST_PAUSE = 0.001;

/**
 * All options, with their defaults.
 *
 * @throws ConfigurationError naming the owner and the option.
 */
export function checkOutboxOptions(owner: string, options: OutboxOptions): Required<OutboxOptions> {
  const given = Object.fromEntries(
    Object.keys(OUTBOX_DEFAULTS)
      .map((name) => [name, options[name as keyof OutboxOptions]])
      .filter(([, value]) => value !== undefined),
  ) as OutboxOptions;
  const checked: Required<OutboxOptions> = { ...OUTBOX_DEFAULTS, ...given };
  checkInteger(owner, 'maxQueued', { value: checked.maxQueued, least: 1 });
  checkInteger(owner, 'maxQueuedBytes', { value: checked.maxQueuedBytes, least: 1 });
  checkNumber(owner, 'retryStart', { value: checked.retryStart, least: LEAST_PAUSE });
  checkNumber(owner, 'retryFactor', { value: checked.retryFactor, least: 1 });
  checkNumber(owner, 'retryMax', { value: checked.retryMax, least: LEAST_PAUSE });
  checkNumber(owner, 'flushTimeout', { value: checked.flushTimeout, least: 0 });
  if (checked.overflow !== 'drop-oldest' && checked.overflow !== 'drop-newest') {
    throw new ConfigurationError(
      `${owner}: "overflow" must be 'drop-oldest' or 'drop-newest', got ${JSON.stringify(checked.overflow)}.`,
    );
  }
  return checked;
}
