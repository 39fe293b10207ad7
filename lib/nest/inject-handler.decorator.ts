/** Injects a handler of the logging module. */
import { Inject } from '@nestjs/common';
import { getHandlerToken } from './logging.tokens';

/** Injects the handler of that name in `handlers`; with `forRootAsync` its name must be in `handlerNames`. */
export function InjectHandler(name: string): ParameterDecorator & PropertyDecorator {
  return Inject(getHandlerToken(name));
}
