import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ConfigPlace } from '../../lib/config/place';
import { FactoryRegistry, type ConfigFactories } from '../../lib/config/factories';
import { HandlerPlan, setAttributes } from '../../lib/config/handler-plan';
import { SectionRef } from '../../lib/config/references';
import type { Settings } from '../../lib/config/schema';
import {
  ERROR,
  Filter,
  Formatter,
  Handler,
  MemoryHandler,
  NullHandler,
  RotatingFileHandler,
  StreamHandler,
  type HandlerOptions,
} from '../../lib/logging';
import { tempDir } from '../support/temp-dir';

const plain = new Formatter();
const ownFilter = new Filter('a');

function planOf(entry: Settings, factories: ConfigFactories = {}): HandlerPlan {
  const place = new ConfigPlace('dictConfig', 'handlers.h');
  return new HandlerPlan('h', entry, {
    place,
    factories: new FactoryRegistry(factories, place),
    formatters: new Map([['plain', plain]]),
    filters: new Map([['f', ownFilter]]),
    handlerNames: ['h', 'file'],
  });
}

function create(entry: Settings, factories: ConfigFactories = {}): Handler {
  const handler = planOf(entry, factories).create(new Map([['file', new NullHandler()]]));
  onTestFinished(async () => handler.close());
  return handler;
}

class Slack extends Handler {
  readonly url: string;

  constructor({ url, ...options }: HandlerOptions & { readonly url: string }) {
    super(options);
    this.url = url;
  }
}

describe('HandlerPlan', () => {
  it('gives the handler its level, formatter and filters, and no name yet', () => {
    const handler = create({ class: 'NullHandler', level: 'ERROR', formatter: 'plain', filters: ['f'] });

    expect(handler).toMatchObject({ level: ERROR, formatter: plain, filters: [ownFilter], name: undefined });
  });

  it('knows the short names of formatters, unless they are described', () => {
    expect(create({ class: 'NullHandler', formatter: 'json' }).formatter?.constructor.name).toBe(
      'JsonFormatter',
    );
    expect(create({ class: 'NullHandler', formatter: plain }).formatter).toBe(plain);
    expect(create({ class: 'NullHandler', formatter: new SectionRef('formatters', 'plain') }).formatter).toBe(
      plain,
    );
  });

  it('makes handlers of the caller: classes, functions, and classes that extend ours', () => {
    class Archive extends RotatingFileHandler {}
    const filename = join(tempDir(), 'app.log');
    const factories = { 'app.Slack': Slack, 'app.make': ({ url }: Slack) => new Slack({ url }), Archive };

    expect(create({ class: 'app.Slack', url: 'a' }, factories)).toMatchObject({ url: 'a' });
    expect(create({ '()': 'app.make', url: 'b' }, factories)).toMatchObject({ url: 'b' });
    expect(create({ '()': Slack, url: 'c' })).toMatchObject({ url: 'c' });
    expect(create({ class: 'Archive', filename, delay: true, max_bytes: 9 }, factories)).toMatchObject({
      baseFilename: filename,
      maxBytes: 9,
    });
    expect(create({ class: StreamHandler, stream: process.stdout })).toMatchObject({
      stream: process.stdout,
    });
  });

  it('gives attributes that are options here to the constructor', () => {
    const attributes = { terminator: '!', foo: 1, maxPendingBytes: 5 };

    expect(create({ class: 'StreamHandler', '.': attributes })).toMatchObject({ terminator: '!', foo: 1 });
    expect(() => create({ class: 'StreamHandler', '.': { maxPendingBytes: 0 } })).toThrow(
      '"handlers.h.maxPendingBytes": StreamHandler: "maxPendingBytes" must be a positive number, got 0.',
    );
  });

  it('finds the handlers that it uses by their names', () => {
    const file = new NullHandler();
    const plan = planOf({ class: 'MemoryHandler', capacity: 3, target: 'file' });

    expect(plan.uses).toEqual(['file']);
    expect((plan.create(new Map([['file', file]])) as MemoryHandler).target).toBe(file);
  });

  it('hands objects of the configuration to a factory', () => {
    const file = new NullHandler();
    let given: unknown;
    const make = (options: unknown): Handler => {
      given = options;
      return new NullHandler();
    };
    const plan = planOf({
      '()': make,
      targets: [new SectionRef('handlers', 'file')],
      formats: { a: new SectionRef('formatters', 'plain') },
    });
    plan.create(new Map([['file', file]]));

    expect(plan.uses).toEqual(['file']);
    expect(given).toEqual({ targets: [file], formats: { a: plain } });
  });

  it('knows which file it will open', () => {
    expect(planOf({ class: 'FileHandler', filename: 'a' })).toMatchObject({ last: true, file: 'a' });
    expect(planOf({ class: 'FileHandler', filename: 'a', delay: true })).toMatchObject({ file: undefined });
    expect(planOf({ class: 'NullHandler' })).toMatchObject({ last: false, file: undefined });
  });

  it('checks the options of a file handler without its file', () => {
    const filename = join(tempDir(), 'app.log');

    planOf({ class: 'TimedRotatingFileHandler', filename, symlink: 'now', compress: 'gzip' });

    expect(existsSync(filename)).toBe(false);
    expect(() => planOf({ class: 'RotatingFileHandler', filename, maxBytes: -1 })).toThrow(
      'dictConfig: "handlers.h.maxBytes": RotatingFileHandler: "maxBytes" must be a non-negative integer, got -1.',
    );
  });

  it('closes the handler again when an attribute is refused', () => {
    const made: Handler[] = [];
    const make = (): Handler => {
      made.push(new NullHandler());
      return made[0] as Handler;
    };

    expect(() => create({ '()': make, '.': { emit: 1 } })).toThrow(`"handlers.h['.'].emit": is no attribute`);
    expect(made[0]?.closed).toBe(true);
  });

  it.each<[Settings, string]>([
    [{}, 'dictConfig: "handlers.h.class" must be a handler class or a name: StreamHandler, '],
    [{ class: 'NullHandler', '()': () => 1 }, 'dictConfig: "handlers.h": takes "class" or "()", got both.'],
    [
      { class: 'logging.FileHandlr', filename: 'x' },
      '"handlers.h.class": "logging.FileHandlr" is no handler and not in "factories"',
    ],
    [{ class: 'NulHandler' }, 'did you mean "NullHandler"?'],
    [{ class: 'NullHandler', name: 'x' }, '"handlers.h": unknown option "name"; known are none.'],
    [{ class: 'FileHandler', filenam: 'x' }, 'unknown option "filenam", did you mean "filename"?'],
    [{ class: 'NullHandler', level: 'LOUD' }, `"handlers.h.level": Unknown level: 'LOUD'`],
    [
      { class: 'NullHandler', formatter: 'g' },
      '"handlers.h.formatter": "formatters" has no "g"; known are json, ',
    ],
    [{ class: 'NullHandler', formatter: 7 }, '"handlers.h.formatter" must be the name of a formatter, or a '],
    [{ class: 'NullHandler', filters: 'f' }, `"handlers.h.filters" must be a list, got 'f'.`],
    [{ class: 'NullHandler', filters: ['g'] }, '"handlers.h.filters[0]": "filters" has no "g"; known are f.'],
    [
      { class: 'MemoryHandler', capacity: 1, target: 'fil' },
      '"handlers.h.target": "handlers" has no "fil", did you mean "file"?',
    ],
    [
      { class: 'MemoryHandler', capacity: 'x' },
      '"handlers.h.capacity": MemoryHandler: "capacity" must be an ',
    ],
    [{ class: 'StreamHandler', stream: 'x' }, '"handlers.h.stream": StreamHandler: "stream" must be '],
    [{ '()': () => ({ handle: 1 }) }, '"handlers.h" must be made by a factory that returns a Handler, got '],
    [
      {
        '()': () => {
          throw new Error('no');
        },
      },
      'dictConfig: "handlers.h": no',
    ],
  ])('refuses %j', (entry, message) => {
    expect(() => create(entry)).toThrow(expect.objectContaining({ name: 'ConfigurationError' }) as Error);
    expect(() => create(entry)).toThrow(message);
  });
});

const place = new ConfigPlace('dictConfig', 'handlers.h');

class Strict extends Handler {
  get size(): number {
    return 1;
  }
  get mode(): string {
    return 'a';
  }
  set mode(_value: string) {
    throw new Error('only a');
  }
}

describe('setAttributes', () => {
  it('sets what the handler has, and what it does not have', () => {
    const handler = new StreamHandler();

    setAttributes(handler, { terminator: '!\n', foo: 'bar' }, place);

    expect(handler).toMatchObject({ terminator: '!\n', foo: 'bar' });
  });

  it('does nothing without any', () => {
    expect(() => setAttributes(new NullHandler(), null, place)).not.toThrow();
  });

  it.each(['emit', 'handle', 'constructor', 'close', 'toString'])('refuses %s, which is code', (name) => {
    const handler = new NullHandler();

    expect(() => setAttributes(handler, { [name]: () => 'mine' }, place)).toThrow(
      `dictConfig: "handlers.h.${name}": is no attribute that a configuration may set.`,
    );
    expect(Object.hasOwn(handler, name)).toBe(false);
  });

  it('refuses __proto__', () => {
    const handler = new NullHandler();
    const attributes: unknown = JSON.parse('{ "__proto__": { "polluted": true } }');

    expect(() => setAttributes(handler, attributes, place)).toThrow('"handlers.h.__proto__"');
    expect(handler).toBeInstanceOf(NullHandler);
  });

  it('says when the handler refuses', () => {
    expect(() => setAttributes(new Strict(), { size: 2 }, place)).toThrow(
      '"handlers.h.size": can only be read.',
    );
    expect(() => setAttributes(new Strict(), { mode: 'w' }, place)).toThrow('"handlers.h.mode": only a');
    expect(() => setAttributes(new Strict(), [], place)).toThrow('must be an object of attributes, got [].');
  });
});
