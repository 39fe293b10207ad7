/** The handler classes that configuration may name, each with its arguments: one row a class. */
import { inspect } from 'node:util';
import { HANDLER_OPTIONS, type Handler } from '../core/handler';
import { ConfigurationError } from '../errors';
import {
  BufferingHandler,
  BufferingSMTPHandler,
  DatagramHandler,
  FileHandler,
  HTTPHandler,
  MemoryHandler,
  NTEventLogHandler,
  NullHandler,
  QueueHandler,
  RotatingFileHandler,
  SMTPHandler,
  SocketHandler,
  StreamHandler,
  SysLogHandler,
  TimedRotatingFileHandler,
  WatchedFileHandler,
} from '../handlers';
import { BUFFERING_SMTP_OPTIONS } from '../handlers/buffering-smtp.handler';
import { DATAGRAM_OPTIONS } from '../handlers/datagram.handler';
import { FILE_OPTIONS } from '../handlers/file.handler';
import { HTTP_OPTIONS } from '../handlers/http.handler';
import { MEMORY_OPTIONS } from '../handlers/memory.handler';
import { NT_EVENT_LOG_OPTIONS } from '../handlers/nt-event-log.handler';
import { QUEUE_HANDLER_OPTIONS } from '../handlers/queue.handler';
import { ROTATING_FILE_OPTIONS } from '../handlers/rotating-file.handler';
import { SMTP_OPTIONS } from '../handlers/smtp.handler';
import { SOCKET_OPTIONS } from '../handlers/socket.handler';
import { STREAM_OPTIONS } from '../handlers/stream.handler';
import { SYSLOG_OPTIONS } from '../handlers/syslog.handler';
import { TIMED_ROTATING_FILE_OPTIONS } from '../handlers/timed-rotating-file.handler';
import { WATCHED_FILE_OPTIONS } from '../handlers/watched-file.handler';
import { InMemoryQueue } from '../queues';
import type { Settings } from './option-names';
import {
  createQueueHandler,
  LISTENER_KEYS,
  prepareQueue,
  startListener,
  type QueueContext,
} from './queue-entries';

export interface HandlerRow {
  readonly type: abstract new (...args: never[]) => Handler;
  /** The module of the class in Python; undefined when Python does not have it. */
  readonly module?: 'logging' | 'logging.handlers';
  /** Leading arguments of the constructor, by Python's names. */
  readonly arguments: readonly string[];
  /** Keys of its options, besides those that every handler has. */
  readonly options: readonly string[];
  /** Arguments and options that dictConfig gives as the name of another handler. */
  readonly handlers?: readonly string[];
  /** Values that data cannot hold as they are, by argument or option. */
  readonly convert?: Readonly<Record<string, (value: unknown) => unknown>>;
  /** Checks and replaces values before anything is made. */
  readonly prepare?: (settings: Settings, context: QueueContext) => Settings;
  /** Makes one of the class, or of one that extends it. @defaultValue its arguments, then the other values as options */
  readonly create?: (settings: Settings, type: unknown) => Handler;
  /** Called when all handlers are made. */
  readonly start?: (handler: Handler, settings: Settings) => void;
  /** What to make it with to see whether it can be made, when making it leaves traces; the result is closed at once. */
  readonly rehearsal?: (settings: Settings) => Settings;
}

/** What a configuration gives in another way, or cannot hold: a clock is code. */
const NOT_HERE: readonly string[] = [...Object.keys(HANDLER_OPTIONS), 'clock'];

/** The options of a class, besides those that every handler has. */
function own(names: object): readonly string[] {
  return Object.keys(names).filter((name) => !NOT_HERE.includes(name));
}

/** Opens no file, makes no link, and compresses nothing. */
function withoutFile({ symlink: _symlink, compress, ...settings }: Settings): Settings {
  return { ...settings, delay: true, ...(compress === 'gzip' ? {} : { compress }) };
}

function streamOf(value: unknown): unknown {
  if (value === undefined || value === null || value === 'stderr') return process.stderr;
  if (value === 'stdout') return process.stdout;
  // What has no `write` is refused by the handler; a text never is a stream.
  if (typeof value === 'object') return value;
  throw new ConfigurationError(
    `StreamHandler: "stream" must be 'stdout', 'stderr' or a stream, got ${inspect(value)}.`,
  );
}

/** Python's numbers: SOCK_STREAM is 1, SOCK_DGRAM 2. */
function socketTypeOf(value: unknown): unknown {
  if (value === 1) return 'stream';
  return value === 2 ? 'dgram' : value;
}

export const HANDLER_ROWS: readonly HandlerRow[] = [
  {
    type: StreamHandler,
    module: 'logging',
    arguments: ['stream'],
    options: own(STREAM_OPTIONS),
    convert: { stream: streamOf },
  },
  {
    type: FileHandler,
    module: 'logging',
    arguments: ['filename'],
    options: own(FILE_OPTIONS),
    rehearsal: withoutFile,
  },
  {
    type: WatchedFileHandler,
    module: 'logging.handlers',
    arguments: ['filename'],
    options: own(WATCHED_FILE_OPTIONS),
    rehearsal: withoutFile,
  },
  {
    type: RotatingFileHandler,
    module: 'logging.handlers',
    arguments: ['filename'],
    options: own(ROTATING_FILE_OPTIONS),
    rehearsal: withoutFile,
  },
  {
    type: TimedRotatingFileHandler,
    module: 'logging.handlers',
    arguments: ['filename'],
    options: own(TIMED_ROTATING_FILE_OPTIONS),
    rehearsal: withoutFile,
  },
  { type: NullHandler, module: 'logging', arguments: [], options: [] },
  { type: BufferingHandler, module: 'logging.handlers', arguments: ['capacity'], options: [] },
  {
    type: MemoryHandler,
    module: 'logging.handlers',
    arguments: ['capacity'],
    options: own(MEMORY_OPTIONS),
    handlers: ['target'],
    // Made after its target, which may be a file.
    rehearsal: ({ target: _target, ...settings }) => settings,
  },
  {
    type: SocketHandler,
    module: 'logging.handlers',
    arguments: ['host', 'port'],
    options: own(SOCKET_OPTIONS),
  },
  {
    type: DatagramHandler,
    module: 'logging.handlers',
    arguments: ['host', 'port'],
    options: own(DATAGRAM_OPTIONS),
  },
  {
    type: SysLogHandler,
    module: 'logging.handlers',
    // In JavaScript all of them are options.
    arguments: [],
    options: own(SYSLOG_OPTIONS),
    convert: { socktype: socketTypeOf },
  },
  {
    type: SMTPHandler,
    module: 'logging.handlers',
    arguments: ['mailhost'],
    options: own(SMTP_OPTIONS),
  },
  {
    type: BufferingSMTPHandler,
    arguments: ['mailhost'],
    options: own(BUFFERING_SMTP_OPTIONS),
  },
  {
    type: HTTPHandler,
    module: 'logging.handlers',
    arguments: ['host', 'url'],
    options: own(HTTP_OPTIONS),
  },
  {
    type: NTEventLogHandler,
    module: 'logging.handlers',
    arguments: ['appname'],
    options: own(NT_EVENT_LOG_OPTIONS),
  },
  {
    type: QueueHandler,
    module: 'logging.handlers',
    arguments: ['queue'],
    options: [...LISTENER_KEYS, ...own(QUEUE_HANDLER_OPTIONS)],
    handlers: ['handlers'],
    prepare: prepareQueue,
    create: createQueueHandler,
    start: startListener,
    // Made after the handlers behind it, which may be files.
    rehearsal: (settings) => ({
      ...settings,
      handlers: [],
      queue: () => ({ queue: new InMemoryQueue(), isOwned: false }),
    }),
  },
];
