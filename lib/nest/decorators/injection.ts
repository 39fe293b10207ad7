/** Injection of loggers and handlers: the decorators, and the tokens of the providers. */
import { globalState } from '../../internal/global-state';
import { LOGGER_TOKEN } from '../../internal/logger-token';
import { nest } from '../nest';

const PREFIX = 'nestjs-hindsight';

/** The token of the module's checked options. @internal */
export const LOGGING_OPTIONS = `${PREFIX}:options`;

/** The token of the module's handlers by name. @internal */
export const LOGGING_HANDLERS = `${PREFIX}:handlers`;

/** The names of the loggers that are injected. The module provides each of them. */
const loggerNames = globalState('nest-logger-names', () => new Set(['root']));

/** One for each running application. */
const listeners = new Set<(name: string) => void>();

/** The token of a logger; without a name, of the root logger. The module then provides a logger of that name. */
export function getLoggerToken(name = 'root'): string {
  if (!loggerNames.has(name)) {
    loggerNames.add(name);
    for (const listener of listeners) listener(name);
  }
  return `${LOGGER_TOKEN}${name}`;
}

/** Calls `listener` with each new name. Returns a function that removes the listener. */
export function onLoggerName(listener: (name: string) => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** The names for which `getLoggerToken()` has been called. */
export function injectedLoggerNames(): readonly string[] {
  return [...loggerNames];
}

/** The token of a handler named in `handlers`. */
export function getHandlerToken(name: string): string {
  return `${PREFIX}:handler:${name}`;
}

/** Injects the handler of that name in `handlers`; with `forRootAsync` its name must be in `handlerNames`. */
export function InjectHandler(name: string): ParameterDecorator & PropertyDecorator {
  return nest().common.Inject(getHandlerToken(name));
}

/** A parameter decorator gets the class, a property decorator the prototype. */
function classNameOf(target: object): string {
  return typeof target === 'function' ? target.name : target.constructor.name;
}

/**
 * Injects the logger of that name, or of the class that it is injected into. The logger is a singleton: the class does not
 * become request-scoped, and its records still carry the ids of the running request.
 *
 * @example
 * constructor(@InjectLogger() private readonly logger: Logger) {}   // named after the class
 */
export function InjectLogger(name?: string): ParameterDecorator & PropertyDecorator {
  return (target: object, key: string | symbol | undefined, index?: number): void => {
    const inject = nest().common.Inject(getLoggerToken(name ?? classNameOf(target)));
    if (index !== undefined) inject(target, key, index);
    else if (key !== undefined) inject(target, key);
  };
}
