/** What a scope knows of the handler that routes records to it. */
import type { Handler } from '../core/handler';
import type { LogRecord } from '../core/log-record';

export interface ScopeSink {
  /** Where records end up. */
  readonly target: Handler;
  /** Records at or above it are written at once. @defaultValue the scope's `passThroughLevel` */
  readonly ownPassThroughLevel: number | undefined;
  /** Writes a record to the target, whatever the target's level. Never throws. */
  write(record: LogRecord): void;
}
