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
export {
  BaseRotatingHandler,
  BufferingHandler,
  DatagramHandler,
  BufferingSMTPHandler,
  FileHandler,
  HTTPHandler,
  LogRecordSocketReceiver,
  MemoryHandler,
  NTEventLogHandler,
  NullHandler,
  QueueHandler,
  QueueListener,
  OutboxHandler,
  RotatingFileHandler,
  SocketHandler,
  SMTPHandler,
  StreamHandler,
  SYSLOG_TCP_PORT,
  SYSLOG_UDP_PORT,
  SysLogHandler,
  TimedRotatingFileHandler,
  WatchedFileHandler,
  type BaseRotatingHandlerOptions,
  type DatagramHandlerOptions,
  type BufferingSMTPHandlerOptions,
  type EventLogApi,
  type EventLogEvent,
  type EventLogSource,
  type FacilityName,
  type FileBufferOptions,
  type FileHandlerOptions,
  type HTTPBody,
  type HTTPContext,
  type HTTPCredentials,
  type HTTPHandlerOptions,
  type HTTPRequestOptions,
  type LogRecordSocketReceiverOptions,
  type LogStream,
  type MailOptions,
  type MemoryHandlerOptions,
  type Namer,
  type NTEventLogHandlerOptions,
  type QueueHandlerOptions,
  type QueueListenerOptions,
  type OutboxHandlerOptions,
  type ReceiverStats,
  type RecordSerializer,
  type PriorityMap,
  type PriorityName,
  type RotatingFileHandlerOptions,
  type Rotator,
  type SocketHandlerOptions,
  type SmtpSecurity,
  type SMTPHandlerOptions,
  type StreamHandlerOptions,
  type SyslogAddress,
  type SyslogFormat,
  type SyslogFraming,
  type SysLogHandlerOptions,
  type SyslogSocketType,
  type TimedRotatingFileHandlerOptions,
  type WatchedFileHandlerOptions,
  handlerStats,
  type HandlerStats,
} from './handlers';
export type { DeliveryStats } from './outbox/outage';
export type { OutboxOptions, OverflowPolicy } from './outbox/outbox-options';
export { SendFailure, type SendFailureOptions } from './outbox/transport';
export type { Transport } from './outbox/transport';
export {
  decodeRecord,
  encodeRecord,
  InMemoryQueue,
  QueuedRecord,
  RedisStreamQueue,
  WorkerQueue,
  type Delivery,
  type InMemoryQueueOptions,
  type LogQueue,
  type RecordParts,
  type RedisStreamQueueOptions,
  type RedisStreamQueueStats,
  type WorkerQueueOptions,
} from './queues';
export {
  BufferingFormatter,
  DEFAULT_REDACTIONS,
  Formatter,
  JsonFormatter,
  LogfmtFormatter,
  PrettyFormatter,
  Rfc5424Formatter,
  type FormatterOptions,
  type JsonFormatterOptions,
  type LogfmtFormatterOptions,
  type PrettyFormatterOptions,
  type RedactOptions,
  type Rfc5424FormatterOptions,
} from './formatters';
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
  LogScopeOptions,
  RequestIdOption,
  ScopeRequest,
  Snapshot,
} from './scope/options';
export type { OutgoingHttpOptions } from './scope/outgoing-options';
export type { DumpSummary, ScopeKind, ScopeOutcome } from './scope/options';
export { currentScope, scopeOf } from './scope/current';
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
