/** An observer that sees every record before the handlers: the tool that buffers the logs of a test. */
import { globalState } from '../internal/global-state';
import type { LogRecord } from './log-record';

/** Sees records in addition to the handlers. It changes no level and no handler, so nothing must be restored. */
export interface RecordObserver {
  /** Records at this level or above are created and only shown to it if the level of the root would drop them. */
  readonly level: number;
  /** Called with each record that passes the filters of its logger. Must not throw. */
  see(record: LogRecord): void;
  /** Whether handlers must not write to this stream of the process. */
  hides(stream: object): boolean;
  /** Runs a test with its own buffer. Rejects if the test does. */
  runTest?(name: string, test: () => Promise<unknown>): Promise<void>;
}

/** Loggers cache the level, so call `updateEnabled` of their manager after a change. */
export const observing = globalState('record-observer', (): { current: RecordObserver | undefined } => ({
  current: undefined,
}));
