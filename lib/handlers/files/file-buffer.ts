/** What `buffer` of a file handler may be, and what it means. */
import type { AppendBatchOptions } from './append-batch';
import { integer, readOptions, rule, type SpecOf } from '../../internal/options';
import { TURN_BYTES, TURN_RETRY_MS } from '../../internal/end-of-turn';

/** Write in pieces instead of line by line. Costs a fifth of the time, but `kill -9` loses the last piece. */
export interface FileBufferOptions {
  /** Size of a piece. @defaultValue 65536 */
  readonly bytes?: number;
  /** Longest time that a record waits, in ms. @defaultValue 1000 */
  readonly intervalMs?: number;
}

const BUFFER_SPEC = {
  bytes: integer(1, 64 * 1024),
  intervalMs: integer(1, 1000),
} satisfies SpecOf<FileBufferOptions>;

export type BatchLimits = Pick<AppendBatchOptions, 'bytes' | 'intervalMs' | 'onlyThisTurn'>;

function batchLimits(buffer: unknown, owner: string): BatchLimits | undefined {
  if (buffer === 'turn') return { bytes: TURN_BYTES, intervalMs: TURN_RETRY_MS, onlyThisTurn: true };
  if (typeof buffer !== 'object') return undefined;
  return readOptions(BUFFER_SPEC, buffer, `${owner}: "buffer"`);
}

/** The option `buffer`. */
export const FILE_BUFFER = rule(`'turn', or an object with "bytes" and "intervalMs"`, batchLimits, {
  otherwise: 'off',
});
