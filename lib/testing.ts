/** Entry `nestjs-hindsight/testing`: helpers for tests of an application's logging and of custom handlers. */
export { CollectingHandler } from './testing/collecting.handler';
export { ThrowingHandler, type ThrowingHandlerOptions } from './testing/throwing.handler';
export { ManualClock } from './testing/manual-clock';
export {
  handlerContract,
  type HandlerContractCase,
  type HandlerContractSubject,
} from './testing/handler-contract';
export { loggersFor, type LoggerProvider } from './testing/loggers-for';
export { bufferUntilFailure, type BufferUntilFailureOptions } from './testing/buffer-until-failure';
export type { TestHooks } from './testing/test-runners';
