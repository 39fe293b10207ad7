/** Everything in this folder that the package exports. */
export { LoggingModule } from './module/logging.module';
export type {
  HandlerAlias,
  HandlerClass,
  HandlerDefinition,
  HandlerFactory,
  LoggerOptions,
  LoggingModuleAsyncOptions,
  LoggingModuleForRootOptions,
  LoggingModuleOptions,
  LoggingOptionsFactory,
  RequestLogOptions,
} from './application/options';
export type { HandlerData } from '../config/registry';
export {
  LoggingHealthIndicator,
  type HandlerHealth,
  type LoggingHealth,
  type LoggingHealthOptions,
} from './module/logging-health-indicator';
export { LoggingService, type LoggerLevel, type SetLevelOptions } from './module/logging.service';
export { NestLogger } from './logger/nest-logger';
export { LogIfErrors, NoLogIfErrors } from './decorators/log-if-errors';
export { getHandlerToken, getLoggerToken, InjectHandler, InjectLogger } from './decorators/injection';
