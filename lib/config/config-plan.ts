/** What a checked configuration is: everything that is to be done, and nothing done yet. */
import type { FilterLike } from '../core/filterer';
import type { Handler } from '../core/handler';

/** A logger as it is to be. */
export interface LoggerPlan {
  readonly name: string;
  readonly level: number | undefined;
  readonly propagate: boolean | undefined;
  readonly handlers: readonly string[];
  readonly filters: readonly FilterLike[];
}

export interface ConfigPlan {
  readonly incremental: boolean;
  /** Undefined when the configuration does not say. */
  readonly disableExisting: boolean | undefined;
  /** Levels by name of handler; of an incremental configuration only. */
  readonly handlerLevels: ReadonlyMap<string, number | undefined>;
  readonly handlerNames: readonly string[];
  readonly loggers: readonly LoggerPlan[];
  /** Undefined when the root is to stay as it is. */
  readonly root: LoggerPlan | undefined;
  /** Makes all handlers, or none. */
  createHandlers(): ReadonlyMap<string, Handler>;
}
