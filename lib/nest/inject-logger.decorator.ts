/** Injects a logger of the application's tree. */
import { getLoggerToken } from './logging.tokens';
import { nest } from './nest';

/** A constructor parameter is decorated with its class, a property with the prototype. */
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
