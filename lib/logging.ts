/** Entry `nestjs-hindsight/logging`: Python's `logging` in TypeScript: loggers, handlers, formatters, configuration and scopes. */
export {
  addLevelName,
  CRITICAL,
  DEBUG,
  ERROR,
  getLevelName,
  getLevelNamesMapping,
  INFO,
  NOTSET,
  parseLevel,
  VERBOSE,
  WARNING,
  type LevelInput,
} from './core/level';
export type { DumpHeading, HindsightMark } from './core/record-context';
export { LogRecord } from './core/log-record';
export type { RecordContext } from './core/record-context';
export {
  getLogRecordFactory,
  makeLogRecord,
  setLogRecordFactory,
  type LogRecordFactory,
} from './core/record-factory';
export { Filter, type FilterLike } from './core/filterer';
export { Filterer } from './core/filterer';
export { Logger } from './core/logger';
export { RootLogger } from './core/manager';
export { LoggerAdapter, type LoggerAdapterOptions } from './core/logger-adapter';
export { defaultManager, disable, getLogger, Manager, type ManagerOptions } from './core/manager';
export type { Clock } from './internal/clock';
export { Handler, type HandlerOptions, type RecordFormatter } from './core/handler';
export { getHandlerByName, getHandlerNames } from './core/handler';
export { lastResort } from './core/last-resort';
export { loggingSettings, type LoggingSettings } from './core/diagnostics';
export { diagnostics, type Failure } from './core/diagnostics';
export { captureWarnings } from './core/manager';
export { shutdown } from './core/shutdown';
export { basicConfig, type BasicConfigOptions } from './config/basic-config';
export { dictConfig, type DictConfigOptions } from './config/dict-config';
export type { ConfigEntry, DictConfig, LoggerConfig } from './config/schema';
export type { ConfigFactories, ConfigFactory } from './config/factories';
export * from './handlers';
export type { DeliveryStats } from './outbox/outage';
export type { OutboxOptions, OverflowPolicy } from './outbox/outbox-options';
export { SendFailure, type SendFailureOptions } from './outbox/transport';
export type { Transport } from './outbox/transport';
export * from './queues';
export * from './formatters';
export { stats, type ScopeStats } from './scope/counts';
export {
  exportMetrics,
  observeMetrics,
  type ExportMetricsOptions,
  type MetricsMeter,
  type ObservableCallback,
  type ObservableInstrument,
  type PromClient,
  type PromMetric,
} from './scope/metrics';
export { LogScope } from './scope/scope';
export type {
  ExcludedStatus,
  FieldsOption,
  LogScopeOptions,
  RequestIdOption,
  ScopeRequest,
  Snapshot,
} from './scope/options';
export type { OutgoingHttpOptions } from './scope/outgoing-options';
export type { DumpSummary, ScopeKind, ScopeOutcome } from './scope/options';
export { currentScope, scopeOf, setFields } from './scope/current';
export { runInScope, type RunInScopeOptions } from './scope/call';
export { logIfErrors, type LogIfErrorsOptions } from './scope/log-if-errors';
export { HindsightHandler, type HindsightHandlerOptions } from './scope/hindsight.handler';
export { RequestMemoryHandler } from './scope/request-memory.handler';
export {
  ConfigurationError,
  DeliveryError,
  ERROR_CODES,
  FormatError,
  LoggingError,
  type ErrorCode,
} from './errors';
