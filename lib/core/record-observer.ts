/** Who sees every record before the handlers do: nobody, or the tool that keeps what a test logs. */
import { globalState } from '../internal/global-state';
import type { LogRecord } from './log-record';

/** Sees records beside the handlers. It changes no level and no handler, so there is nothing to restore after it. */
export interface RecordObserver {
  /** Records from it on are made, and shown to it alone, where the level of the root would drop them. */
  readonly level: number;
  /** Told of a record that the filters of its logger let through. Must not throw. */
  see(record: LogRecord): void;
  /** Whether what a handler would write to this stream of the process is kept off it. */
  hides(stream: object): boolean;
  /** Runs a test whose logs are kept apart; rejects as the test does. */
  runTest?(name: string, test: () => Promise<unknown>): Promise<void>;
}

/** Loggers cache the level: `updateEnabled` of their manager must follow a change. */
export const observing = globalState<{ current: RecordObserver | undefined }>('record-observer', () => ({
  current: undefined,
}));
