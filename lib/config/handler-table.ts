/** The handler classes that configuration may name, each with its arguments: one row a class. */
import { inspect } from 'node:util';
import type { Handler } from '../core/handler';
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

const FILE: readonly string[] = [
  'mode',
  'encoding',
  'errors',
  'delay',
  'buffer',
  'terminator',
  'fileMode',
  'mkdir',
];
const ROTATING: readonly string[] = [
  ...FILE,
  'namer',
  'rotator',
  'compress',
  'symlink',
  'checkIntervalMs',
  'maxAgeDays',
  'maxTotalBytes',
];

/** Of all handlers that deliver over a network. */
const OUTBOX: readonly string[] = [
  'maxQueued',
  'maxQueuedBytes',
  'overflow',
  'retryStart',
  'retryFactor',
  'retryMax',
  'flushTimeout',
];

/** Of those that send records as Python's receivers read them. */
const SOCKET: readonly string[] = [...OUTBOX, 'serializer', 'hmacKey'];

const MAIL: readonly string[] = [
  ...OUTBOX,
  'fromaddr',
  'toaddrs',
  'subject',
  'credentials',
  'secure',
  'tls',
  'timeout',
];

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
    options: ['terminator', 'maxPendingBytes'],
    convert: { stream: streamOf },
  },
  {
    type: FileHandler,
    module: 'logging',
    arguments: ['filename'],
    options: FILE,
    rehearsal: withoutFile,
  },
  {
    type: WatchedFileHandler,
    module: 'logging.handlers',
    arguments: ['filename'],
    options: [...FILE, 'checkIntervalMs'],
    rehearsal: withoutFile,
  },
  {
    type: RotatingFileHandler,
    module: 'logging.handlers',
    arguments: ['filename'],
    options: [...ROTATING, 'maxBytes', 'backupCount'],
    rehearsal: withoutFile,
  },
  {
    type: TimedRotatingFileHandler,
    module: 'logging.handlers',
    arguments: ['filename'],
    options: [
      // Its files are always appended to.
      ...ROTATING.filter((option) => option !== 'mode'),
      'when',
      'interval',
      'maxBytes',
      'backupCount',
      'utc',
      'atTime',
      'rotateWhenIdle',
    ],
    rehearsal: withoutFile,
  },
  { type: NullHandler, module: 'logging', arguments: [], options: [] },
  { type: BufferingHandler, module: 'logging.handlers', arguments: ['capacity'], options: [] },
  {
    type: MemoryHandler,
    module: 'logging.handlers',
    arguments: ['capacity'],
    options: ['flushLevel', 'target', 'flushOnClose', 'maxBuffered'],
    handlers: ['target'],
    // Made after its target, which may be a file.
    rehearsal: ({ target: _target, ...settings }) => settings,
  },
  {
    type: SocketHandler,
    module: 'logging.handlers',
    arguments: ['host', 'port'],
    options: [...SOCKET, 'timeout', 'tls', 'closeOnError'],
  },
  {
    type: DatagramHandler,
    module: 'logging.handlers',
    arguments: ['host', 'port'],
    options: SOCKET,
  },
  {
    type: SysLogHandler,
    module: 'logging.handlers',
    // In JavaScript all of them are options.
    arguments: [],
    options: [
      ...OUTBOX,
      'address',
      'facility',
      'socktype',
      'tls',
      'timeout',
      'format',
      'framing',
      'ident',
      'appendNul',
      'priorityMap',
      'hostname',
      'maxMessageBytes',
    ],
    convert: { socktype: socketTypeOf },
  },
  {
    type: SMTPHandler,
    module: 'logging.handlers',
    arguments: ['mailhost'],
    options: MAIL,
  },
  {
    type: BufferingSMTPHandler,
    arguments: ['mailhost'],
    options: [...MAIL, 'capacity', 'intervalMs', 'flushLevel', 'maxMailsPerHour'],
  },
  {
    type: HTTPHandler,
    module: 'logging.handlers',
    arguments: ['host', 'url'],
    options: [
      ...OUTBOX,
      'method',
      'secure',
      'credentials',
      'insecure',
      'context',
      'body',
      'batchSize',
      'batchBytes',
      'gzip',
      'headers',
      'timeout',
      'agent',
    ],
  },
  {
    type: NTEventLogHandler,
    module: 'logging.handlers',
    arguments: ['appname'],
    options: ['dllname', 'logtype', 'api'],
  },
  {
    type: QueueHandler,
    module: 'logging.handlers',
    arguments: ['queue'],
    options: [...LISTENER_KEYS, 'to', 'maxPending', 'redact', 'censor'],
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
