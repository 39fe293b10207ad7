import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import * as index from '../../lib';
import * as express from '../../lib/express';
import {
  checkedOptions,
  boolean,
  callback,
  declareOptions,
  having,
  integer,
  number,
  object,
  oneOf,
  otherwise,
  positive,
  readOption,
  readOptions,
  readValues,
  rule,
  text,
} from '../../lib/internal/options';
import * as testing from '../../lib/testing';

const {
  BaseRotatingHandler,
  FileHandler,
  InMemoryQueue,
  JsonFormatter,
  NullHandler,
  OutboxHandler,
  QueueListener,
  RotatingFileHandler,
  TimedRotatingFileHandler,
} = index;

const NAMES = { maxBytes: true, backupCount: true } as const;

describe('checkedOptions', () => {
  it('returns options whose names are known', () => {
    const options = { maxBytes: 1 };
    expect(checkedOptions('Owner', options, NAMES)).toBe(options);
  });

  it.each([undefined, null])('treats %s as no options', (none) => {
    expect(checkedOptions('Owner', none, NAMES)).toEqual({});
  });

  it.each([
    [{ nope: 1 }, 'Owner: unknown option "nope"; known are backupCount, maxBytes.'],
    [
      { maxByte: 1 },
      'Owner: unknown option "maxByte", did you mean "maxBytes"? Known are backupCount, maxBytes.',
    ],
    [{ max_bytes: 1 }, 'Owner: unknown option "max_bytes", did you mean "maxBytes"? '],
    [{ nope: undefined }, 'Owner: unknown option "nope"'],
    [{ toString: 1 }, 'Owner: unknown option "toString"'],
    [JSON.parse('{ "__proto__": 1 }'), 'Owner: unknown option "__proto__"'],
    [7, 'Owner: the options must be an object, got 7.'],
    ['w', `Owner: the options must be an object, got 'w'.`],
    [[1], 'Owner: the options must be an object, got [ 1 ].'],
    [() => 1, 'Owner: the options must be an object, got [Function (anonymous)].'],
  ])('refuses %o', (options, message) => {
    expect(() => checkedOptions('Owner', options, NAMES)).toThrow(
      expect.objectContaining({ code: 'ERR_LOG_OPTION', message: expect.stringContaining(message) }),
    );
  });

  it('allows any name on request, but still requires an object', () => {
    expect(checkedOptions('Owner', { nope: 1 }, false)).toEqual({ nope: 1 });
    expect(() => checkedOptions('Owner', 7 as never, false)).toThrow('must be an object, got 7');
  });
});

const SPEC = {
  count: integer(1, 3),
  ratio: number(0, 0.5, 1),
  wait: positive(5),
  on: boolean(false),
  title: text(),
  color: oneOf(['red', 'green', 'blue'], 'red'),
  sink: having<object>('write', 'a stream'),
  password: rule('a string', (value) => (typeof value === 'string' ? value : undefined), { secret: true }),
  must: rule('a name', (value) => (typeof value === 'string' ? value.toUpperCase() : undefined), {
    required: true,
  }),
};

function read(options: object): object {
  return readOptions(SPEC, options, 'Owner');
}

describe('readOptions', () => {
  it('fills in the defaults, and returns values as the class uses them', () => {
    expect(read({ must: 'x', title: null, on: true })).toEqual({
      count: 3,
      ratio: 0.5,
      wait: 5,
      on: true,
      title: undefined,
      color: 'red',
      sink: undefined,
      password: undefined,
      must: 'X',
    });
  });

  it.each([
    [{ count: 0 }, '"count" must be a positive integer, got 0.'],
    [{ count: '7' }, `"count" must be a positive integer, got '7'.`],
    [{ count: Number.NaN }, '"count" must be a positive integer, got NaN.'],
    [{ ratio: 1.5 }, '"ratio" must be a number from 0 to 1, got 1.5.'],
    [{ ratio: Number.POSITIVE_INFINITY }, '"ratio" must be a number from 0 to 1, got Infinity.'],
    [{ wait: 0 }, '"wait" must be a positive number, got 0.'],
    [{ on: 'yes' }, `"on" must be true or false, got 'yes'.`],
    [{ title: 7 }, '"title" must be a string, got 7.'],
    [{ color: 'pink' }, `"color" must be one of red, green, blue, got 'pink'.`],
    [{ sink: {} }, '"sink" must be a stream, got {}.'],
    [{ password: 1234 }, '"password" must be a string.'],
    [{}, '"must" must be a name, got undefined.'],
    [{ nope: 1 }, 'unknown option "nope"; known are color, count, '],
  ])('refuses %o', (options, message) => {
    expect(() => read(options)).toThrow(
      expect.objectContaining({
        code: 'ERR_LOG_OPTION',
        message: expect.stringContaining(`Owner: ${message}`),
      }),
    );
  });

  it('leaves the names of a subclass to the subclass', () => {
    class Owner {}
    class Extended extends Owner {}
    declareOptions(Owner, SPEC);
    const options = { must: 'x', more: 1 };

    expect(() => readOptions(SPEC, options, Owner)).toThrow('Owner: unknown option "more"');
    expect(readOptions(SPEC, options, Extended)).toMatchObject({ must: 'X' });
    expect(() => readOptions(SPEC, { on: 7 }, Extended)).toThrow(
      'Extended: "on" must be true or false, got 7.',
    );
  });
});

describe('a rule', () => {
  const refused = (option: ReturnType<typeof rule>, value: unknown): string => {
    try {
      readOption(option, value, { owner: 'Owner', name: 'x' });
    } catch (error) {
      return (error as Error).message;
    }
    return 'accepted';
  };

  it.each([
    [integer(0), -1, 'a non-negative integer, got -1.'],
    [integer(5, 5), 4, 'an integer of at least 5, got 4.'],
    [integer(1, 5, 9), 10, 'an integer from 1 to 9, got 10.'],
    [number(2, 2), 1, 'a number of at least 2, got 1.'],
    [positive(2, 9), 10, 'a positive number up to 9, got 10.'],
    [oneOf(['turn']), 'trun', "'turn', got 'trun'."],
    [oneOf(['on', 'off']), 1, "'on' or 'off', got 1."],
    [object(), [], 'an object, got [].'],
    [callback(), 'f', "a function, got 'f'."],
    [
      rule('a path', () => undefined, { advice: 'use an absolute one' }),
      'a',
      "a path, got 'a'; use an absolute one.",
    ],
  ])('says what must be: %#', (option, value, message) => {
    expect(refused(option, value)).toBe(`Owner: "x" must be ${message}`);
  });

  it('may have another text for its default', () => {
    expect(otherwise(text('a'), 'as the day')).toMatchObject({ fallback: 'a', otherwise: 'as the day' });
  });
});

describe('readValues', () => {
  it('gives null to the rule: an argument may be null', () => {
    const port = rule('a port or null', (value) => (value === null ? null : undefined), { required: true });

    expect(readValues({ port }, { port: null }, 'Owner')).toEqual({ port: null });
    expect(() => readValues({ port }, {}, 'Owner')).toThrow(
      'Owner: "port" must be a port or null, got undefined.',
    );
  });
});

type Call = (options: never) => unknown;

const queue = new InMemoryQueue();
const logger = new index.Manager().getLogger('options');
const logs = { handlers: new Map(), tree: logger.manager, atRelease: () => undefined } as never;
/** In a directory that does not exist: what opens it has not refused its options. */
const file = join(tmpdir(), 'h-no-such-directory', 'app.log');

/** What the user calls, by the name in the error; then a typing error, and what it was meant to be. */
const CALLS: Readonly<Record<string, readonly [call: Call, typo: string, meant: string]>> = {
  StreamHandler: [(options) => new index.StreamHandler(null, options), 'terminater', 'terminator'],
  FileHandler: [(options) => new FileHandler(file, options), 'fileMod', 'fileMode'],
  'FileHandler: "buffer"': [
    (buffer) => new FileHandler(file, { delay: true, buffer }),
    'intervalMS',
    'intervalMs',
  ],
  WatchedFileHandler: [
    (options) => new index.WatchedFileHandler(file, options),
    'checkIntervalms',
    'checkIntervalMs',
  ],
  RotatingFileHandler: [(options) => new RotatingFileHandler(file, options), 'maxByte', 'maxBytes'],
  TimedRotatingFileHandler: [(options) => new TimedRotatingFileHandler(file, options), 'atime', 'atTime'],
  NullHandler: [(options) => new NullHandler(options), 'levl', 'level'],
  BufferingHandler: [(options) => new index.BufferingHandler(1, options), 'filter', 'filters'],
  MemoryHandler: [(options) => new index.MemoryHandler(1, options), 'flushLevl', 'flushLevel'],
  NTEventLogHandler: [(options) => new index.NTEventLogHandler('app', options), 'logType', 'logtype'],
  QueueHandler: [(options) => new index.QueueHandler(queue, options), 'redactt', 'redact'],
  QueueListener: [(options) => new QueueListener(queue, [], options), 'turnMS', 'turnMs'],
  SocketHandler: [(options) => new index.SocketHandler('h', 1, options), 'serialiser', 'serializer'],
  DatagramHandler: [(options) => new index.DatagramHandler('h', 1, options), 'hmackey', 'hmacKey'],
  HTTPHandler: [(options) => new index.HTTPHandler('h', '/', options), 'header', 'headers'],
  SysLogHandler: [(options) => new index.SysLogHandler(options), 'adress', 'address'],
  SMTPHandler: [(options) => new index.SMTPHandler('h', options), 'toaddr', 'toaddrs'],
  BufferingSMTPHandler: [(options) => new index.BufferingSMTPHandler('h', options), 'fromAddr', 'fromaddr'],
  LogRecordSocketReceiver: [(options) => new index.LogRecordSocketReceiver(options), 'prot', 'port'],
  InMemoryQueue: [(options) => new InMemoryQueue(options), 'maxsize', 'maxSize'],
  RedisStreamQueue: [(options) => new index.RedisStreamQueue(options), 'steam', 'stream'],
  WorkerQueue: [(options) => new index.WorkerQueue(options), 'handler', 'handlers'],
  Formatter: [(options) => new index.Formatter(null, options), 'dateFmt', 'datefmt'],
  JsonFormatter: [(options) => new JsonFormatter(options), 'field', 'fields'],
  LogfmtFormatter: [(options) => new index.LogfmtFormatter(options), 'maxValueLenght', 'maxValueLength'],
  PrettyFormatter: [(options) => new index.PrettyFormatter(options), 'colours', 'colors'],
  Rfc5424Formatter: [(options) => new index.Rfc5424Formatter(options), 'appname', 'appName'],
  Manager: [(options) => new index.Manager(options), 'clok', 'clock'],
  LoggerAdapter: [(options) => new index.LoggerAdapter(logger, {}, options), 'merge_extra', 'mergeExtra'],
  SendFailure: [(options) => new index.SendFailure('failed', options), 'delivred', 'delivered'],
  HindsightHandler: [
    (options) => new index.HindsightHandler(new NullHandler(), options),
    'passthroughLevel',
    'passThroughLevel',
  ],
  dictConfig: [(options) => index.dictConfig({ version: 1 }, options), 'mangaer', 'manager'],
  exportMetrics: [(options) => index.exportMetrics({} as never, options), 'register', 'registers'],
  runInScope: [(options) => index.runInScope(options, () => 1), 'field', 'fields'],
  logIfErrors: [(options) => index.logIfErrors(logger, options), 'capactiy', 'capacity'],
  'LogScope.configure': [
    (options) => index.runInScope({}, () => index.currentScope())?.configure(options),
    'slowms',
    'slowMs',
  ],
  requestLogs: [(options) => express.requestLogs(options), 'tagret', 'target'],
  LoggingModule: [(options) => index.LoggingModule.forRoot(options), 'import', 'imports'],
  'LoggingModule: "logIfErrors"': [
    (logIfErrors) => index.LoggingModule.forRoot({ logIfErrors }),
    'capcity',
    'capacity',
  ],
  'LoggingModule.forRootAsync': [
    (options) => index.LoggingModule.forRootAsync(options),
    'usefactory',
    'useFactory',
  ],
  '@LogIfErrors': [(options) => index.LogIfErrors(options), 'keepfirst', 'keepFirst'],
  LoggingService: [
    (options) => new index.LoggingService(logs).setLevel('options', 'INFO', options),
    'forms',
    'forMs',
  ],
  LoggingHealthIndicator: [
    (options) => new index.LoggingHealthIndicator(logs).check('logging', options),
    'maxQueud',
    'maxQueued',
  ],
  CollectingHandler: [(options) => new testing.CollectingHandler(options), 'nane', 'name'],
  ThrowingHandler: [(options) => new testing.ThrowingHandler(options), 'eror', 'error'],
  handlerContract: [(options) => testing.handlerContract('H', options), 'cleanup', 'cleanUp'],
  bufferUntilFailure: [(options) => testing.bufferUntilFailure(options), 'capasity', 'capacity'],
};

/** Exports that take no options, or check them in Python's way. */
const OTHERS: ReadonlySet<string> = new Set([
  // Of Python's own wording.
  'basicConfig',
  // Abstract: what extends them checks.
  'BaseRotatingHandler',
  'Handler',
  'LoggingError',
  'OutboxHandler',
  // Errors take what JavaScript's Error takes.
  'ConfigurationError',
  'DeliveryError',
  'FormatError',
  // They have no options.
  'setFields',
  'addLevelName',
  'getLevelName',
  'getLevelNamesMapping',
  'parseLevel',
  'LogRecord',
  'makeLogRecord',
  'getLogRecordFactory',
  'setLogRecordFactory',
  'Filter',
  'Filterer',
  'Logger',
  'RootLogger',
  'disable',
  'getLogger',
  'getHandlerByName',
  'getHandlerNames',
  'captureWarnings',
  'shutdown',
  'handlerStats',
  'decodeRecord',
  'encodeRecord',
  'QueuedRecord',
  'BufferingFormatter',
  'stats',
  'observeMetrics',
  'LogScope',
  'currentScope',
  'scopeOf',
  'RequestMemoryHandler',
  'errorLogs',
  'NestLogger',
  'InjectLogger',
  'InjectHandler',
  'getHandlerToken',
  'getLoggerToken',
  'NoLogIfErrors',
  'ManualClock',
  'loggersFor',
]);

const EXPORTS = Object.entries({ ...index, ...express, ...testing })
  .filter(([, value]) => typeof value === 'function')
  .map(([name]) => name);
const TABLE = Object.entries(CALLS).map(([owner, row]) => [owner, ...row] as const);

describe('options of a wrong name', () => {
  it('are refused by every class and function that takes options', () => {
    const tested = new Set(TABLE.map(([owner]) => owner.split(/[.:]/, 1)[0]?.replace('@', '')));
    expect(EXPORTS.filter((name) => !tested.has(name) && !OTHERS.has(name))).toEqual([]);
  });

  it.each(TABLE)('are refused by %s with its name and a suggestion', (owner, call, typo, meant) => {
    const refuse = (options: object): unknown => call(options as never);
    expect(() => refuse({ nope: 1 })).toThrow(
      expect.objectContaining({
        name: 'ConfigurationError',
        code: 'ERR_LOG_OPTION',
        message: expect.stringContaining(`${owner}: unknown option "nope"; known are `),
      }),
    );
    expect(() => refuse({ [typo]: 1 })).toThrow(
      `${owner}: unknown option "${typo}", did you mean "${meant}"? Known are `,
    );
  });

  it.each(TABLE.filter(([owner]) => !owner.endsWith('"') && owner !== 'bufferUntilFailure'))(
    'are distinguished by %s from a value that is not options',
    (owner, call) => {
      for (const wrong of [7, 'w', [], () => 1])
        expect(() => call(wrong as never)).toThrow(`${owner}: the options must be an object, got `);
    },
  );
});

describe('null instead of options', () => {
  const owners = [
    'StreamHandler',
    'NullHandler',
    'SocketHandler',
    'SysLogHandler',
    'InMemoryQueue',
    'JsonFormatter',
  ];

  it.each(owners)('is the defaults for %s', async (owner) => {
    const made = CALLS[owner]?.[0](null as never);
    expect(made).toBeInstanceOf(Object);
    await (made as { close?: () => unknown }).close?.();
  });
});

describe('options of a subclass', () => {
  const made: { close: () => unknown }[] = [];

  afterEach(async () => {
    for (const handler of made.splice(0)) await handler.close();
  });

  it('are passed to the class that it extends', () => {
    class TaggedHandler extends RotatingFileHandler {
      readonly tag: string;
      constructor(filename: string, options: index.RotatingFileHandlerOptions & { readonly tag: string }) {
        super(filename, options);
        this.tag = options.tag;
      }
    }
    const handler = new TaggedHandler(file, { tag: 'x', maxBytes: 10, delay: true });
    made.push(handler);
    expect([handler.tag, handler.maxBytes]).toEqual(['x', 10]);
  });

  it.each<[string, (options: object) => { close: () => unknown }]>([
    [
      'BaseRotatingHandler',
      (options) =>
        new (class extends BaseRotatingHandler {
          override shouldRollover(): boolean {
            return false;
          }
          override doRollover(): void {}
        })(file, options),
    ],
    ['NullHandler', (options) => new (class extends NullHandler {})(options)],
    ['CollectingHandler', (options) => new (class extends testing.CollectingHandler {})(options)],
    [
      'OutboxHandler',
      (options) =>
        new (class extends OutboxHandler<string> {
          protected override payloadOf(): string {
            return '';
          }
          protected override sizeOf(): number {
            return 0;
          }
          protected override createTransport(): index.Transport<string> {
            throw new Error('not asked for');
          }
        })(options),
    ],
    ['InMemoryQueue', (options) => new (class extends InMemoryQueue {})(options)],
  ])('are allowed by %s', (_owner, make) => {
    made.push(make({ tag: 'x', delay: true }));
    expect(made).toHaveLength(1);
  });
});

describe('the check of names', () => {
  it('leaves no resources of the handler behind', () => {
    const before = index.getHandlerNames().size;
    expect(() => new FileHandler(file, { name: 'left', nope: 1 } as never)).toThrow('unknown option');
    expect(index.getHandlerNames().size).toBe(before);
  });

  it('is not repeated for a scope whose options were checked', () => {
    const keys = vi.spyOn(Object, 'keys');
    const options = { capacity: 3 };
    index.runInScope(options, () => undefined);
    const first = keys.mock.calls.length;
    index.runInScope(options, () => undefined);
    expect(keys.mock.calls.length - first).toBeLessThan(first);
    keys.mockRestore();
  });
});
