/** Entry `nestjs-hindsight/testing`: what helps to test an application's logging, and handlers of one's own. */
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
