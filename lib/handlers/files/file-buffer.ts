/** What `buffer` of a file handler may be, and what it means. */
import { inspect } from 'node:util';
import { ConfigurationError } from '../../errors';
import type { AppendBatchOptions } from './append-batch';
import { checkedOptions, type OptionNames } from '../../internal/checked-options';
import { TURN_BYTES, TURN_RETRY_MS } from '../stream/turn-writer';

/** Write in pieces instead of line by line: five times cheaper, and the last piece is lost on kill -9. */
export interface FileBufferOptions {
  /** Size of a piece. @defaultValue 65536 */
  readonly bytes?: number;
  /** Longest time that a record waits, in ms. @defaultValue 1000 */
  readonly intervalMs?: number;
}

const BUFFER_OPTIONS = { bytes: true, intervalMs: true } as const satisfies OptionNames<FileBufferOptions>;

const DEFAULTS = { bytes: 64 * 1024, intervalMs: 1000 } as const satisfies FileBufferOptions;

export type BatchLimits = Pick<AppendBatchOptions, 'bytes' | 'intervalMs' | 'onlyThisTurn'>;

function batchSetting(owner: string, name: keyof FileBufferOptions, value: number): number {
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new ConfigurationError(
    `${owner}: "buffer.${name}" must be a positive integer, got ${String(value)}.`,
  );
}

/** @throws ConfigurationError naming what it must be and what came; `owner` begins its text. */
export function batchLimits(owner: string, buffer: FileBufferOptions | 'turn'): BatchLimits {
  if (buffer === 'turn') return { bytes: TURN_BYTES, intervalMs: TURN_RETRY_MS, onlyThisTurn: true };
  if (typeof buffer !== 'object') {
    throw new ConfigurationError(
      `${owner}: "buffer" must be 'turn', or an object with "bytes" and "intervalMs", got ${inspect(buffer)}.`,
    );
  }
  const { bytes, intervalMs } = checkedOptions(`${owner}: "buffer"`, buffer, BUFFER_OPTIONS);
  return {
    bytes: batchSetting(owner, 'bytes', bytes ?? DEFAULTS.bytes),
    intervalMs: batchSetting(owner, 'intervalMs', intervalMs ?? DEFAULTS.intervalMs),
  };
}
