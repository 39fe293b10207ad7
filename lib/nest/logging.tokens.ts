/** The tokens under which loggers and handlers are provided. */
import { processSlot } from '../internal/process-slot';

const PREFIX = 'nestjs-hindsight';

/** The root, and the names that `@InjectLogger` was used with: each becomes a provider of the module. */
const loggerNames = processSlot('nest-logger-names', () => new Set(['root']));

/** The token of a logger; without a name, of the root logger. Asking for it makes the module provide it. */
export function getLoggerToken(name = 'root'): string {
  loggerNames.add(name);
  return `${PREFIX}:logger:${name}`;
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
