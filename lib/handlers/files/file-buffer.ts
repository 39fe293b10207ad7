/** The option `buffer` of file handlers. */
import { inspect } from 'node:util';
import { ConfigurationError } from '../../errors';
import { checkInteger } from '../../internal/check-number';
import { checkedOptions, type OptionNames } from '../../internal/checked-options';
import { TURN_BYTES, TURN_RETRY_MS } from '../../internal/end-of-turn';
import type { AppendBatchOptions } from './append-batch';

/** Write in pieces instead of line by line. Costs a fifth of the time, but `kill -9` loses the last piece. */
export interface FileBufferOptions {
  /** Size of a piece. @defaultValue 65536 */
  readonly bytes?: number;
  /** Longest time that a record waits, in ms. @defaultValue 1000 */
  readonly intervalMs?: number;
}

const BUFFER_OPTIONS = { bytes: true, intervalMs: true } as const satisfies OptionNames<FileBufferOptions>;

const DEFAULTS = { bytes: 64 * 1024, intervalMs: 1000 } as const satisfies FileBufferOptions;

export type BatchLimits = Pick<AppendBatchOptions, 'bytes' | 'intervalMs' | 'onlyThisTurn'>;

/** @throws ConfigurationError; its text begins with `owner`. */
export function batchLimits(owner: string, buffer: FileBufferOptions | 'turn'): BatchLimits {
  if (buffer === 'turn') return { bytes: TURN_BYTES, intervalMs: TURN_RETRY_MS, onlyThisTurn: true };
  if (typeof buffer !== 'object') {
    throw new ConfigurationError(
      `${owner}: "buffer" must be 'turn', or an object with "bytes" and "intervalMs", got ${inspect(buffer)}.`,
    );
  }
  const { bytes = DEFAULTS.bytes, intervalMs = DEFAULTS.intervalMs } = checkedOptions(
    `${owner}: "buffer"`,
    buffer,
    BUFFER_OPTIONS,
  );
  return {
    bytes: checkInteger(owner, 'buffer.bytes', { value: bytes, least: 1 }),
    intervalMs: checkInteger(owner, 'buffer.intervalMs', { value: intervalMs, least: 1 }),
  };
}
