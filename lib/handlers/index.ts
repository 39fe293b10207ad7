/** Everything in this folder that the package exports. Add new handlers here. */
export { StreamHandler, type LogStream, type StreamHandlerOptions } from './stream.handler';
export { FileHandler, type FileHandlerOptions } from './file.handler';
export type { FileBufferOptions } from './files/file-buffer';
export { WatchedFileHandler, type WatchedFileHandlerOptions } from './watched-file.handler';
export { BaseRotatingHandler } from './base-rotating.handler';
export type { BaseRotatingHandlerOptions, Namer, Rotator } from './rotating-options';
export { RotatingFileHandler, type RotatingFileHandlerOptions } from './rotating-file.handler';
export {
  TimedRotatingFileHandler,
  type TimedRotatingFileHandlerOptions,
} from './timed-rotating-file.handler';
export { NullHandler } from './null.handler';
export { BufferingHandler } from './buffering.handler';
export { MemoryHandler, type MemoryHandlerOptions } from './memory.handler';
export { NTEventLogHandler, type NTEventLogHandlerOptions } from './nt-event-log.handler';
export type { EventLogApi, EventLogEvent, EventLogSource } from './event-log/advapi32';
export { QueueHandler, type QueueHandlerOptions } from './queue.handler';
export { QueueListener, type QueueListenerOptions } from './queue-listener';
export { OutboxHandler, type OutboxHandlerOptions } from './outbox.handler';
export { SocketHandler, type SocketHandlerOptions } from './socket.handler';
export { DatagramHandler, type DatagramHandlerOptions } from './datagram.handler';
export type { RecordSerializer } from './socket-options';
export {
  LogRecordSocketReceiver,
  type LogRecordSocketReceiverOptions,
  type ReceiverStats,
} from './log-record-socket-receiver';
export { HTTPHandler, type HTTPHandlerOptions } from './http.handler';
export type { HTTPBody } from './http/http-transport';
export type { HTTPContext, HTTPRequestOptions } from './http/http-settings';
export type { HTTPCredentials } from './http/http-target';
export {
  SYSLOG_TCP_PORT,
  SYSLOG_UDP_PORT,
  SysLogHandler,
  type FacilityName,
  type PriorityMap,
  type PriorityName,
  type SyslogAddress,
  type SyslogFormat,
  type SyslogFraming,
  type SysLogHandlerOptions,
  type SyslogSocketType,
} from './syslog.handler';
export { SMTPHandler, type MailOptions, type SMTPHandlerOptions } from './smtp.handler';
export type { SmtpSecurity } from './mail/mail-settings';
export { BufferingSMTPHandler, type BufferingSMTPHandlerOptions } from './buffering-smtp.handler';
export { handlerStats, type HandlerStats } from './handler-stats';
