/** The tokens under which loggers and handlers are provided. */
import { LOGGER_TOKEN } from '../internal/logger-token';
import { globalState } from '../internal/global-state';

const PREFIX = 'nestjs-hindsight';

/** The root, and the names that `@InjectLogger` was used with: each becomes a provider of the module. */
const loggerNames = globalState('nest-logger-names', () => new Set(['root']));

/** Of the running applications. */
const listeners = new Set<(name: string) => void>();

/** The token of a logger; without a name, of the root logger. Asking for it makes the module provide it. */
export function getLoggerToken(name = 'root'): string {
  if (!loggerNames.has(name)) {
    loggerNames.add(name);
    for (const listener of listeners) listener(name);
  }
  return `${LOGGER_TOKEN}${name}`;
}

/** Calls `listener` with each further name; returns what ends that. */
export function onLoggerAsked(listener: (name: string) => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** The token of a handler named in `handlers`. */
export function getHandlerToken(name: string): string {
  return `${PREFIX}:handler:${name}`;
}

/** Names asked for until now. */
export function askedLoggerNames(): readonly string[] {
  return [...loggerNames];
}

/** Token of the module's checked options. @internal */
export const LOGGING_OPTIONS = `${PREFIX}:options`;

/** Token of the module's handlers by name. @internal */
export const LOGGING_HANDLERS = `${PREFIX}:handlers`;
