import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { dictConfig, type DictConfigOptions } from '../../lib/config/dict-config';
import type { DictConfig } from '../../lib/config/schema';
import {
  ConfigurationError,
  DEBUG,
  defaultManager,
  ERROR,
  FileHandler,
  Formatter,
  getHandlerByName,
  INFO,
  InMemoryQueue,
  loggingSettings,
  Manager,
  MemoryHandler,
  NullHandler,
  type QueueHandler,
  RotatingFileHandler,
  StreamHandler,
  TimedRotatingFileHandler,
  WARNING,
  type Handler,
} from '../../lib/logging';
import { CollectingHandler } from '../../lib/testing';
import { tempDir } from '../support/temp-dir';

let tree: Manager;

beforeEach(() => {
  tree = new Manager();
  const { captureCaller } = loggingSettings;
  onTestFinished(() => {
    dictConfig({ version: 1, root: { level: 'NOTSET' } }, { manager: tree });
    loggingSettings.captureCaller = captureCaller;
  });
});

/** Data as it comes from a file of JSON. */
function configure(config: object, options: DictConfigOptions = {}): void {
  dictConfig({ version: 1, ...config }, { manager: tree, ...options });
}

function refusal(config: object, options: DictConfigOptions = {}): ConfigurationError {
  try {
    configure(config, options);
  } catch (error) {
    if (error instanceof ConfigurationError) return error;
    throw error;
  }
  throw new Error('the configuration was taken');
}

function handler(name: string): Handler {
  return getHandlerByName(name) as Handler;
}

/** What a stream was given. */
function stream(): { text: string; write(text: string): boolean } {
  const written = {
    text: '',
    write(text: string): boolean {
      written.text += text;
      return true;
    },
  };
  return written;
}

describe('dictConfig', () => {
  it("loads Python's own JSON unchanged", async () => {
    const dir = tempDir();
    const json = JSON.stringify({
      version: 1,
      disable_existing_loggers: false,
      formatters: {
        simple: { format: '%(levelname)s:%(name)s:%(message)s' },
        dated: { '()': 'logging.Formatter', format: '{asctime} {message}', style: '{', datefmt: '%Y' },
      },
      filters: { shop: { name: 'shop' } },
      handlers: {
        console: {
          class: 'logging.StreamHandler',
          level: 'INFO',
          formatter: 'simple',
          stream: 'ext://sys.stdout',
        },
        file: {
          class: 'logging.handlers.RotatingFileHandler',
          filename: join(dir, 'app.log'),
          maxBytes: 10485760,
          backupCount: 20,
          encoding: 'utf-8',
          formatter: 'dated',
          filters: ['shop'],
        },
        daily: {
          class: 'logging.handlers.TimedRotatingFileHandler',
          filename: join(dir, 'daily.log'),
          when: 'midnight',
          utc: true,
          delay: true,
        },
        errors: {
          class: 'logging.handlers.MemoryHandler',
          capacity: 100,
          flushLevel: 'ERROR',
          target: 'file',
          level: 10,
        },
      },
      loggers: { shop: { level: 'DEBUG', handlers: ['errors'], propagate: false }, '': { level: 'WARNING' } },
      root: { level: 'INFO', handlers: ['console'] },
    });

    configure(JSON.parse(json) as DictConfig);
    tree.getLogger('shop.orders').debug('looked up');
    tree.getLogger('shop.orders').error('not found');

    expect(handler('console') as StreamHandler).toMatchObject({ stream: process.stdout, level: INFO });
    expect(handler('file')).toBeInstanceOf(RotatingFileHandler);
    expect(handler('file')).toMatchObject({ maxBytes: 10_485_760, backupCount: 20 });
    expect(handler('daily')).toBeInstanceOf(TimedRotatingFileHandler);
    expect(tree.root).toMatchObject({ level: INFO, handlers: [handler('console')] });
    const year = new Date().getFullYear();
    expect(readFileSync(join(dir, 'app.log'), 'utf8')).toMatch(
      new RegExp(`^${year}\\S* looked up\n${year}\\S* not found\n$`),
    );
  });

  it('takes camelCase keywords and formatters of this package too', () => {
    const out = stream();

    configure(
      {
        disableExistingLoggers: false,
        formatters: { line: { class: 'JsonFormatter', fields: ['message'] } },
        handlers: {
          a: { class: 'StreamHandler', stream: 'ext://out', formatter: 'line' },
          b: { class: 'StreamHandler', stream: 'ext://out', formatter: 'json' },
          c: { class: StreamHandler, stream: out, formatter: new Formatter('%(message)s') },
        },
        root: { handlers: ['a', 'b', 'c'] },
      },
      { externals: { out } },
    );
    tree.getLogger('shop').warning('low');

    expect(out.text.split('\n')).toEqual([
      '{"message":"low"}',
      expect.stringContaining('"logger":"shop","message":"low"'),
      'low',
      '',
    ]);
  });

  it('takes a buffer for one turn of the event loop', async () => {
    const out = stream();
    const filename = join(tempDir(), 'app.log');

    configure(
      {
        handlers: {
          a: { class: 'StreamHandler', stream: 'ext://out', buffer: 'turn' },
          b: { class: 'RotatingFileHandler', filename, buffer: 'turn' },
        },
        root: { handlers: ['a', 'b'] },
      },
      { externals: { out } },
    );
    tree.getLogger('shop').warning('low');
    expect([out.text, readFileSync(filename, 'utf8')]).toEqual(['', '']);
    await nextTurn();

    expect([out.text, readFileSync(filename, 'utf8')]).toEqual(['low\n', 'low\n']);
  });

  it('configures the tree behind getLogger when given none', () => {
    expect(() => dictConfig({ version: 1, disable_existing_loggers: false })).not.toThrow();
  });

  it('refuses options that it does not know', () => {
    expect(() => dictConfig({ version: 1 }, { manger: tree } as never)).toThrow(
      'dictConfig: unknown option "manger", did you mean "manager"?',
    );
  });
});

describe('a configuration that is refused', () => {
  it.each<[object, string]>([
    [
      { handlers: { a: { class: 'StreamHandler', buffer: 'trun' } } },
      `"handlers.a.buffer": StreamHandler: "buffer" must be 'turn', got 'trun'.`,
    ],
    [
      { handlers: { f: { class: 'RotatingFileHandler', filename: 'x', maxBytes: -1 } } },
      '"handlers.f.maxBytes"',
    ],
    [
      { handlers: { f: { class: 'RotatingFileHandler', filename: 'x', maxByte: 1 } } },
      'did you mean "maxBytes"?',
    ],
    [{ handlers: { m: { class: 'MemoryHandler', capacity: 'many' } } }, '"handlers.m.capacity"'],
    [{ root: { handlers: ['nobody'] } }, '"root.handlers[0]"'],
    [{ formatters: { f: { class: 'child_process.exec' } } }, '"formatters.f.class"'],
    [{ handlers: { h: { '()': 'eval', code: 'process.exit()' } } }, `"handlers.h['()']"`],
    [{ handlers: { h: { class: 'node:fs' } } }, '"handlers.h.class"'],
  ])('names the path: %j', (config, path) => {
    expect(refusal(config).message).toContain(path);
  });

  it('leaves loggers, handlers and files as they were', () => {
    const filename = join(tempDir(), 'app.log');
    const seen = new CollectingHandler({ name: 'seen' });
    tree.root.addHandler(seen);
    tree.getLogger('shop').setLevel(DEBUG);

    const error = refusal({
      handlers: {
        seen: { class: 'NullHandler' },
        file: { class: 'FileHandler', filename },
        last: { class: 'FileHandler', filename: join(filename, 'below', 'a', 'file') },
      },
      loggers: { shop: { level: 'ERROR', handlers: ['file'] } },
      root: { handlers: [] },
    });
    tree.getLogger('shop').debug('still here');

    expect(error.message).toMatch(/^dictConfig: "handlers\.last": FileHandler: cannot open /);
    expect(error.cause).toBeInstanceOf(ConfigurationError);
    expect(seen.messages).toEqual(['still here']);
    expect([seen.closed, getHandlerByName('seen'), tree.getLogger('shop').disabled]).toEqual([
      false,
      seen,
      false,
    ]);
    expect(existsSync(filename)).toBe(false);
  });

  it('closes the handlers that factories had made already', () => {
    const made = new NullHandler();

    refusal({ handlers: { a: { '()': () => made }, b: { '()': () => 7 } } });

    expect(made.closed).toBe(true);
  });
});

describe('what a new configuration does with the old one', () => {
  it('closes the old handlers and takes their names and files', () => {
    const filename = join(tempDir(), 'app.log');
    const config = { handlers: { file: { class: 'FileHandler', filename } }, root: { handlers: ['file'] } };
    configure(config);
    const old = handler('file') as FileHandler;
    tree.root.warning('first');

    configure(config);
    tree.root.warning('second');

    expect(old.closed).toBe(true);
    expect(handler('file')).not.toBe(old);
    expect(readFileSync(filename, 'utf8')).toBe('first\nsecond\n');
  });

  it('writes what old buffers hold before a new handler empties the file', () => {
    const filename = join(tempDir(), 'app.log');
    const config = (mode: string): object => ({
      handlers: {
        file: { class: 'FileHandler', filename, mode, buffer: { bytes: 1000, intervalMs: 60_000 } },
      },
      root: { handlers: ['file'] },
    });
    configure(config('a'));
    tree.root.warning('old');

    configure(config('w'));
    tree.root.warning('new');
    configure({ root: { level: 'INFO' } });

    expect(readFileSync(filename, 'utf8')).toBe('new\n');
  });

  it('keeps what a root that is not mentioned leads to', () => {
    const out = stream();
    configure({
      handlers: {
        out: { class: 'StreamHandler', stream: out },
        memory: { class: 'MemoryHandler', capacity: 1, target: 'out' },
      },
      root: { handlers: ['memory'] },
    });

    configure({ loggers: { shop: {} } });
    tree.root.warning('goes on');

    expect(out.text).toBe('goes on\n');
    expect(handler('out').closed).toBe(false);
  });

  it('flushes a MemoryHandler that it closes', () => {
    const out = stream();
    configure({
      handlers: {
        out: { class: 'StreamHandler', stream: out },
        memory: { class: 'MemoryHandler', capacity: 10, target: 'out' },
      },
      root: { handlers: ['memory'] },
    });
    tree.root.warning('held');

    configure({ root: { level: 'INFO' } });

    expect(out.text).toBe('held\n');
  });

  it('leaves other trees alone', () => {
    const other = new Manager();
    configure(
      { handlers: { mine: { class: 'NullHandler' } }, root: { handlers: ['mine'] } },
      { manager: other },
    );
    other.getLogger('shop');

    configure({});

    expect(handler('mine').closed).toBe(false);
    expect(other.getLogger('shop').disabled).toBe(false);
    configure({ root: { level: 'INFO' } }, { manager: other });
  });
});

describe('handlers that refer to others', () => {
  it('are made in the order that takes, however long the chain', () => {
    configure({
      handlers: {
        a: { class: 'MemoryHandler', capacity: 1, target: 'b' },
        b: { class: 'MemoryHandler', capacity: 1, target: 'c' },
        c: { class: 'MemoryHandler', capacity: 1, target: 'd' },
        d: { class: 'NullHandler' },
      },
    });

    expect((handler('a') as MemoryHandler).target).toBe(handler('b'));
    expect((handler('c') as MemoryHandler).target).toBe(handler('d'));
  });

  it('may be given to a factory by cfg://', () => {
    const given: unknown[] = [];
    const make = ({ targets }: { readonly targets: readonly Handler[] }): Handler => {
      given.push(...targets);
      return new NullHandler();
    };

    configure(
      {
        handlers: {
          a: { '()': 'app.fan_out', targets: ['cfg://handlers.b', 'cfg://handlers.c'] },
          b: { class: 'NullHandler' },
          c: { class: 'NullHandler' },
        },
      },
      { factories: { 'app.fan_out': make } },
    );

    expect(given).toEqual([handler('b'), handler('c')]);
  });

  it('are refused when they form a cycle', () => {
    const config = {
      handlers: {
        a: { class: 'MemoryHandler', capacity: 1, target: 'b' },
        b: { class: 'MemoryHandler', capacity: 1, target: 'a' },
      },
    };

    expect(refusal(config).message).toBe(
      'dictConfig: "handlers": handlers refer to each other in a cycle: a -> b -> a.',
    );
  });
});

describe('a configuration that is refused', () => {
  it.each([
    [
      'an attribute that is none',
      { class: 'FileHandler', filename: 'z.log', delay: true, '.': { close: 1 } },
    ],
    ['a second file that is a directory', { class: 'TimedRotatingFileHandler', filename: '.' }],
  ])('takes back the directories that it has made: %s', (_what, bad) => {
    const dir = tempDir();
    const inside = { ...bad, filename: join(dir, bad.filename) };

    refusal({
      handlers: { a: { class: 'FileHandler', filename: join(dir, 'x/y/a.log'), mkdir: true }, b: inside },
    });

    expect(readdirSync(dir)).toEqual([]);
  });
});

describe('a configuration that would cost more than it is worth', () => {
  const handlers = (count: number, make: (i: number) => object): object =>
    Object.fromEntries(Array.from({ length: count }, (_, i) => [`h${i}`, make(i)]));

  it.each([
    [
      'a format',
      { formatters: { f: { format: '{lineno:0200000,}', style: '{' } } },
      'the width must be at most',
    ],
    [
      'JSON',
      { formatters: { f: { defaults: JSON.parse('['.repeat(20_000) + ']'.repeat(20_000)) as unknown } } },
      '100 levels',
    ],
    [
      'a factory',
      { filters: { f: { '()': JSON.parse('['.repeat(20_000) + ']'.repeat(20_000)) as unknown } } },
      '100 levels',
    ],
    [
      'references',
      {
        ...handlers(40, (i) => (i === 0 ? {} : { l: `cfg://h${i - 1}`, r: `cfg://h${i - 1}` })),
        formatters: { f: { defaults: 'cfg://h39' } },
      },
      'cfg:// references copy more than 20000 values',
    ],
    [
      'handlers in a row',
      {
        handlers: handlers(5000, (i) =>
          i === 0 ? { class: 'NullHandler' } : { class: 'MemoryHandler', capacity: 1, target: `h${i - 1}` },
        ),
      },
      'more than 100 handlers in a row refer to each other, from "h',
    ],
  ])('is refused: %s', (_what, config, message) => {
    expect(refusal(config).message).toContain(message);
  });

  it('takes linear time with many loggers and handlers, also the second time', () => {
    const config = {
      handlers: handlers(1000, () => ({ class: 'NullHandler' })),
      loggers: handlers(2000, (i) => ({ handlers: [`h${i % 1000}`] })),
    };
    const start = performance.now();

    configure(config);
    configure(config);
    expect(performance.now() - start).toBeLessThan(2000);
  });

  it('hands a plain object of the program on as it is, whatever it holds', () => {
    const client: Record<string, unknown> = {};
    client['self'] = [client, client];
    const given: unknown[] = [];

    configure(
      { handlers: { h: { '()': 'make', client: 'ext://client' } } },
      {
        externals: { client },
        factories: {
          make: (options: { readonly client: unknown }) => {
            given.push(options.client);
            return new NullHandler();
          },
        },
      },
    );

    expect(given[0]).toBe(client);
  });
});

/** The configurations of CPython's test_logging.ConfigDictTest, shortened to what differs between them. */
describe("dictConfig as Python's own tests want it", () => {
  const formatters = { form1: { format: '%(levelname)s ++ %(message)s' } };
  let out: ReturnType<typeof stream>;

  function hand(rest: object = {}): object {
    return { class: 'logging.StreamHandler', formatter: 'form1', level: 'NOTSET', stream: out, ...rest };
  }

  function config(rest: object): object {
    return {
      formatters,
      handlers: { hand1: hand() },
      root: { level: 'WARNING', handlers: ['hand1'] },
      ...rest,
    };
  }

  function logBoth(name: string): void {
    tree.getLogger(name).info('1');
    tree.getLogger(name).error('2');
  }

  beforeEach(() => {
    out = stream();
  });

  it('config0: the root writes, everything else is silent', () => {
    configure(config({}));
    logBoth('anything');

    expect(out.text).toBe('ERROR ++ 2\n');
  });

  it('config1: a logger of its own', () => {
    const loggers = { 'compiler.parser': { level: 'DEBUG', handlers: ['hand1'] } };
    configure(config({ loggers, root: { level: 'WARNING' } }));
    logBoth('compiler.parser');
    logBoth('compiler.lexer');

    expect(out.text).toBe('INFO ++ 1\nERROR ++ 2\n');
  });

  it('config2, 3, 6, 12, 13: what is wrong is refused', () => {
    expect(refusal(config({ handlers: { hand1: hand({ stream: 'ext://sys.stdbout' }) } })).message).toContain(
      'ext://sys.stdbout is not registered in "externals", did you mean "sys.stdout"?',
    );
    expect(refusal(config({ handlers: { hand1: hand({ level: 'NTOSET' }) } })).message).toContain('NTOSET');
    expect(refusal(config({ root: { level: 'WRANING' } })).message).toContain('WRANING');
    expect(
      refusal(config({ handlers: { hand1: hand({ formatter: 'misspelled_name' }) } })).message,
    ).toContain('"handlers.hand1.formatter"');
    expect(refusal({ version: 2 }).message).toContain('"version" must be 1, got 2.');
    expect(() => dictConfig({} as DictConfig, { manager: tree })).toThrow(
      '"version" must be 1, got undefined.',
    );
  });

  it('config4, 4a, 5: formatters and handlers by factories', () => {
    class ExceptionFormatter extends Formatter {
      override formatException(): string {
        return 'Got a [Error]';
      }
    }
    const custom = ({ foo, ...rest }: { foo: boolean; stream: never }): Handler =>
      Object.assign(new StreamHandler(rest.stream), { foo });

    configure(
      config({
        formatters: { form1: { '()': 'tests.ExceptionFormatter', format: '%(message)s', escape: false } },
        handlers: { hand1: hand({ class: 'tests.CustomHandler', foo: true }) },
      }),
      { factories: { 'tests.ExceptionFormatter': ExceptionFormatter, 'tests.CustomHandler': custom } },
    );
    tree.root.exception('just testing', new Error('no'));

    expect(out.text).toBe('just testing\nGot a [Error]\n');
    expect(handler('hand1')).toMatchObject({ foo: true });
  });

  it('config7, 8, 8a: loggers of the configuration before', () => {
    configure(config({ loggers: { 'compiler.parser': { level: 'DEBUG' }, other: {} } }));

    configure(config({ loggers: { compiler: { level: 'DEBUG' } } }));
    logBoth('compiler.parser');
    logBoth('other');
    expect(out.text).toBe('INFO ++ 1\nERROR ++ 2\n');

    configure(config({ disable_existing_loggers: false, loggers: { other: { level: 'DEBUG' } } }));
    logBoth('other');
    expect(out.text).toBe('INFO ++ 1\nERROR ++ 2\n'.repeat(2));
  });

  it('config9: an incremental one changes levels', () => {
    configure(config({ loggers: { 'compiler.parser': { level: 'WARNING', propagate: true } } }));
    logBoth('compiler.parser');

    configure({
      incremental: true,
      handlers: { hand1: { level: 'WARNING' } },
      loggers: { 'compiler.parser': { level: 'INFO' } },
    });
    logBoth('compiler.parser');
    configure({ incremental: true, handlers: { hand1: { level: 'INFO' } }, root: { level: 'DEBUG' } });
    logBoth('compiler.parser');

    expect(out.text).toBe('ERROR ++ 2\nERROR ++ 2\nINFO ++ 1\nERROR ++ 2\n');
    expect(tree.root.level).toBe(DEBUG);
    expect(refusal({ incremental: true, handlers: { hand2: { level: 'INFO' } } })).toMatchObject({
      message: 'dictConfig: "handlers.hand2": no handler has this name.',
      code: 'ERR_LOG_UNKNOWN_HANDLER',
    });
  });

  it('config9: an incremental one finds handlers of its tree only, and of the process in its own', () => {
    const added = new NullHandler({ name: 'added by hand' });
    const elsewhere = new NullHandler({ name: 'elsewhere' });
    tree.root.addHandler(added);
    const adjust = (name: string): object => ({
      incremental: true,
      handlers: { [name]: { level: 'ERROR' } },
    });

    configure(adjust('added by hand'));
    expect(added.level).toBe(ERROR);
    expect(refusal(adjust('elsewhere')).message).toContain('no handler has this name.');

    configure(adjust('elsewhere'), { manager: defaultManager });
    expect(elsewhere.level).toBe(ERROR);
  });

  it('config9: an incremental one that is wrong changes nothing', () => {
    configure(config({}));

    refusal({ incremental: true, handlers: { hand1: { level: 'ERROR' }, hand2: { level: 'ERROR' } } });
    refusal({ incremental: true, root: { level: 'ERROR' }, loggers: { a: { level: 'LOUD' } } });

    expect([handler('hand1').level, tree.root.level]).toEqual([0, WARNING]);
  });

  it('config10: filters on handlers', () => {
    configure(
      config({
        filters: { filt1: { name: 'compiler.parser' } },
        handlers: { hand1: hand({ filters: ['filt1'] }) },
      }),
    );
    logBoth('compiler.parser');
    logBoth('compiler.lexer');

    expect(out.text).toBe('ERROR ++ 2\n');
  });

  it('config11: cfg:// for a whole handler', () => {
    configure(config({ true_handlers: { hand1: hand() }, handlers: 'cfg://true_handlers' }));
    logBoth('a');

    expect(out.text).toBe('ERROR ++ 2\n');
  });

  it('config14: attributes', () => {
    configure(config({ handlers: { hand1: hand({ '.': { foo: 'bar', terminator: '!\n' } }) } }));
    tree.root.warning('Exclamation');

    expect(handler('hand1')).toMatchObject({ foo: 'bar' });
    expect(out.text).toBe('WARNING ++ Exclamation!\n');
  });

  it('config15: a file twice', () => {
    const filename = join(tempDir(), 'app.log');
    const file = config({
      handlers: { hand1: { class: 'logging.FileHandler', filename, encoding: 'utf-8' } },
    });

    configure(file);
    configure(file);

    expect(readFileSync(filename, 'utf8')).toBe('');
  });

  it('config16: defaults of a formatter', () => {
    configure(
      config({
        formatters: {
          form1: { format: '%(message)s ++ %(customfield)s', defaults: { customfield: 'myvalue' } },
        },
      }),
    );
    tree.root.error('test');

    expect(out.text).toBe('test ++ myvalue\n');
  });

  it('config17, 18: inline objects and classes', () => {
    configure(config({ handlers: { hand1: { '()': StreamHandler, stream: out, formatter: 'form1' } } }));
    logBoth('a');

    expect(out.text).toBe('ERROR ++ 2\n');
  });

  it('90195: a logger mentioned again is enabled again', () => {
    const logger = tree.getLogger('a');
    configure({
      handlers: { h: { class: 'NullHandler' } },
      loggers: { a: { level: 'DEBUG', handlers: ['h'] } },
    });
    expect(logger.disabled).toBe(false);

    configure({});
    expect(logger.disabled).toBe(true);

    configure({ loggers: { a: { level: 'DEBUG' } } });
    expect(logger.disabled).toBe(false);
  });

  it('takes filters that are functions and objects, and refuses others', () => {
    const dropsTwo = (record: { getMessage(): string }): boolean => record.getMessage() !== '2';
    configure(config({ handlers: { hand1: hand({ filters: [dropsTwo, { filter: () => true }] }) } }));
    logBoth('a');
    tree.root.error('3');
    expect(out.text).toBe('ERROR ++ 3\n');

    configure(config({ root: { level: 'INFO', handlers: ['hand1'], filters: [() => false] } }));
    tree.root.error('4');
    expect(out.text).toBe('ERROR ++ 3\n');
    expect(refusal(config({ loggers: { a: { filters: [{ filter: null }] } } })).message).toContain(
      '"loggers.a.filters[0]"',
    );
    tree.root.filters = [];
  });

  it('takes formats of other styles, checks them, and need not', () => {
    const form = (entry: object): object => config({ formatters: { form1: entry } });

    expect(refusal(form({ format: '${levelname} $$ ${}', style: '$' })).message).toContain(
      '"formatters.form1"',
    );
    expect(refusal(form({ format: '{process:.2f} {custom!s', style: '{' })).message).toContain(
      '"formatters.form1"',
    );
    configure(form({ format: '{message}', style: '%', validate: false }));
    tree.root.error('x');

    expect(out.text).toBe('{message}\n');
  });

  it('levels are ERROR by name and by number', () => {
    configure(config({ root: { level: 40, handlers: ['hand1'] } }));

    expect(tree.root.level).toBe(ERROR);
  });
});

describe('a QueueHandler', () => {
  const queue = { class: 'logging.handlers.QueueHandler', handlers: ['out'], respect_handler_level: true };

  it('gets a listener that the program starts', async () => {
    const out = stream();
    configure({
      handlers: { a: queue, out: { class: 'StreamHandler', stream: out } },
      root: { handlers: ['a'] },
    });
    tree.root.warning('waits');
    expect(out.text).toBe('');

    const { listener } = handler('a') as QueueHandler;
    listener?.start();
    await listener?.stop();

    expect(listener?.respectHandlerLevel).toBe(true);
    expect(out.text).toBe('waits\n');
  });

  it('starts it with autoStart, and ends it with the configuration', () => {
    const filename = join(tempDir(), 'app.log');
    configure({
      handlers: { a: { ...queue, autoStart: true }, out: { class: 'FileHandler', filename } },
      root: { handlers: ['a'] },
    });
    const { listener } = handler('a') as QueueHandler;
    tree.root.warning('in the queue');
    expect(listener?.running).toBe(true);

    configure({ root: { level: 'INFO' } });

    expect(listener?.running).toBe(false);
    expect(readFileSync(filename, 'utf8')).toBe('in the queue\n');
  });

  it('starts nothing when another handler cannot be made', () => {
    const queues: InMemoryQueue[] = [];
    const make = (): InMemoryQueue => {
      queues.push(new InMemoryQueue());
      return queues[0] as InMemoryQueue;
    };

    refusal({
      handlers: {
        a: { ...queue, handlers: [], queue: { '()': make }, autoStart: true },
        b: { class: 'FileHandler', filename: '/' },
      },
    });

    expect(queues.length).toBe(1);
  });
});

describe('a file that a configuration names', () => {
  it('is appended to, emptied or refused as its mode says', () => {
    const filename = join(tempDir(), 'app.log');
    writeFileSync(filename, 'old\n');
    const file = (mode: string): object => ({ handlers: { f: { class: 'FileHandler', filename, mode } } });

    expect(refusal(file('x')).message).toContain('EEXIST');
    configure(file('a'));
    expect(readFileSync(filename, 'utf8')).toBe('old\n');
    configure(file('w'));
    expect(readFileSync(filename, 'utf8')).toBe('');
  });
});
