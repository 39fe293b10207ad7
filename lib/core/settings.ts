/** Switches of the whole process: Python's module variables that a program may set. */
import { globalState } from '../internal/global-state';

export interface LoggingSettings {
  /** Report failures of logging itself on stderr. Ports logging.raiseExceptions. @defaultValue true */
  raiseExceptions: boolean;
  /** Find the calling file, line and function of each record: 1 to 2 µs a call. @defaultValue false */
  captureCaller: boolean;
  /** Put the ids of the active span on each record, where `@opentelemetry/api` is installed. @defaultValue true */
  openTelemetry: boolean;
}

/** Read at each use, so a change takes effect at once. A formatter that prints the caller sets `captureCaller`. */
export const loggingSettings = globalState<LoggingSettings>('settings', () => ({
  raiseExceptions: true,
  captureCaller: false,
  openTelemetry: true,
}));
