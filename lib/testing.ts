/** Entry `nestjs-hindsight/testing`: tools to test the logging of an application, and your own handlers. */
export {
  CollectingHandler,
  ManualClock,
  ThrowingHandler,
  type ThrowingHandlerOptions,
} from './testing/test-doubles';
export {
  handlerContract,
  type HandlerContractCase,
  type HandlerContractSubject,
} from './testing/handler-contract';
export { loggersFor, type LoggerProvider } from './testing/loggers-for';
export { bufferUntilFailure, type BufferUntilFailureOptions } from './testing/buffer-until-failure';
export type { TestHooks } from './testing/test-runners';
