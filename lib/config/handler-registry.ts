/** Handlers by the name of their class, for configuration that is plain data. */
import { inspect } from 'node:util';
import { formatterNamed, type FormatterName } from './formatter-registry';
import type { Handler, HandlerOptions, RecordFormatter } from '../core/handler';
import { ConfigurationError } from '../errors';
import {
  BufferingHandler,
  FileHandler,
  MemoryHandler,
  NullHandler,
  RotatingFileHandler,
  StreamHandler,
  TimedRotatingFileHandler,
  WatchedFileHandler,
} from '../handlers';
import { isPlainObject } from '../internal/plain-object';

/** A handler as data: its class, its constructor's arguments by name, and its options. */
export interface HandlerData {
  /** Name of a handler class of this package, such as `FileHandler`. */
  readonly class: string;
  readonly formatter?: FormatterName | RecordFormatter;
  readonly [option: string]: unknown;
}

/** Whether a value is meant as data. */
export function isHandlerData(value: unknown): value is HandlerData {
  return isPlainObject(value) && 'class' in value;
}

type Options = Readonly<Record<string, unknown>>;

interface Entry {
  /** Options besides those that every handler has. */
  readonly options: readonly string[];
  readonly create: (data: Options, options: HandlerOptions) => Handler;
}

const FILE: readonly string[] = ['filename', 'mode', 'encoding', 'errors', 'delay', 'buffer', 'terminator'];
const ROTATING: readonly string[] = [...FILE, 'namer', 'rotator', 'compress', 'symlink', 'checkIntervalMs'];
const COMMON: readonly string[] = ['class', 'level', 'formatter', 'name', 'filters'];

function streamOf(value: unknown): NodeJS.WriteStream {
  if (value === undefined || value === 'stderr') return process.stderr;
  if (value === 'stdout') return process.stdout;
  throw new ConfigurationError(
    `StreamHandler: "stream" must be 'stdout' or 'stderr', got ${inspect(value)}.`,
  );
}

/** The constructors check what they are given, so the data's values are handed on as they are. */
const ENTRIES: ReadonlyMap<string, Entry> = new Map<string, Entry>([
  [
    'StreamHandler',
    {
      options: ['stream', 'terminator'],
      create: ({ stream }, options) => new StreamHandler(streamOf(stream), options),
    },
  ],
  [
    'FileHandler',
    {
      options: FILE,
      create: ({ filename }, options) => new FileHandler(filename as string, options),
    },
  ],
  [
    'WatchedFileHandler',
    {
      options: [...FILE, 'checkIntervalMs'],
      create: ({ filename }, options) => new WatchedFileHandler(filename as string, options),
    },
  ],
  [
    'RotatingFileHandler',
    {
      options: [...ROTATING, 'maxBytes', 'backupCount'],
      create: ({ filename }, options) => new RotatingFileHandler(filename as string, options),
    },
  ],
  [
    'TimedRotatingFileHandler',
    {
      options: [
        // Its files are always appended to.
        ...ROTATING.filter((option) => option !== 'mode'),
        'when',
        'interval',
        'backupCount',
        'utc',
        'atTime',
        'rotateWhenIdle',
      ],
      create: ({ filename }, options) => new TimedRotatingFileHandler(filename as string, options),
    },
  ],
  ['NullHandler', { options: [], create: (_data, options) => new NullHandler(options) }],
  [
    'BufferingHandler',
    {
      options: ['capacity'],
      create: ({ capacity }, options) => new BufferingHandler(capacity as number, options),
    },
  ],
  [
    'MemoryHandler',
    {
      options: ['capacity', 'flushLevel', 'target', 'flushOnClose', 'maxBuffered'],
      create: ({ capacity }, options) => new MemoryHandler(capacity as number, options),
    },
  ],
]);

/**
 * Makes a handler from data.
 *
 * @throws ConfigurationError for an unknown class or option, and what the class refuses.
 */
export function createHandler(data: HandlerData): Handler {
  const entry = ENTRIES.get(data.class);
  if (entry === undefined) {
    throw new ConfigurationError(
      `handlers: "class" must be one of ${[...ENTRIES.keys()].join(', ')}, got ${inspect(data.class)}.`,
    );
  }
  const known = [...COMMON, ...entry.options];
  for (const key of Object.keys(data)) {
    if (known.includes(key)) continue;
    throw new ConfigurationError(
      `${data.class}: unknown option "${key}"; known are ${known.toSorted().join(', ')}.`,
    );
  }
  const { class: _class, formatter, ...rest } = data;
  const options = formatter === undefined ? rest : { ...rest, formatter: formatterNamed(formatter) };
  return entry.create(rest, options);
}
