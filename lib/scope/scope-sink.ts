/** What a scope knows of the handler that routes records to it. */
import type { Handler } from '../core/handler';
import type { LogRecord } from '../core/log-record';

export interface ScopeSink {
  /** Where records end up. */
  readonly target: Handler;
  /** Records at or above it are written at once. @defaultValue the scope's `passThroughLevel` */
  readonly ownPassThroughLevel: number | undefined;
  /** Others route records to the same target, and a record may come by way of each of them. */
  readonly isShared: boolean;
  /**
   * Writes a record to the target, whatever the target's level, cut to `limit` if that is given. Never throws. What is
   * dumped may be written, and cut, in a later turn.
   */
  write(record: LogRecord, limit?: number): void;
}
