/** Injects a handler of the logging module. */
import { getHandlerToken } from './logging.tokens';
import { nest } from './nest';

/** Injects the handler of that name in `handlers`; with `forRootAsync` its name must be in `handlerNames`. */
export function InjectHandler(name: string): ParameterDecorator & PropertyDecorator {
  return nest().common.Inject(getHandlerToken(name));
}
