import { describe, expect, it } from 'vitest';
import { ConfigPlace } from '../../lib/config/place';
import { ConfigReader, type ConfigNames, type ConfigPlan } from '../../lib/config/reader';
import { Filter, NullHandler } from '../../lib/logging';

function read(config: object, names: ConfigNames = {}): ConfigPlan {
  return new ConfigReader({ version: 1, ...config }, new ConfigPlace('dictConfig'), names).read();
}

describe('ConfigReader', () => {
  it('reads loggers and the root', () => {
    const plan = read({
      filters: { f: { name: 'a' } },
      handlers: { h: { class: 'NullHandler' } },
      loggers: { 'shop.orders': { level: 'DEBUG', propagate: false, filters: ['f'] } },
      root: { level: 'INFO', handlers: ['h'] },
    });

    expect(plan).toMatchObject({
      incremental: false,
      disableExisting: undefined,
      handlerNames: ['h'],
      loggers: [
        { name: 'shop.orders', level: 10, propagate: false, handlers: [], filters: [new Filter('a')] },
      ],
      root: { name: 'root', level: 20, handlers: ['h'] },
    });
  });

  it('ignores propagate of the root, as Python', () => {
    expect(read({ root: { propagate: false } }).root).toMatchObject({ propagate: undefined });
    expect(() => read({ root: { propagate: 'no' } })).toThrow('"root.propagate" must be true or false');
  });

  it('takes an empty root for none, as Python', () => {
    expect(read({ root: {} }).root).toBeUndefined();
    expect(read({ root: null }).root).toBeUndefined();
  });

  it('makes the handlers when it is told to', () => {
    const plan = read({ handlers: { h: { class: 'NullHandler' } } });

    expect(plan.createHandlers().get('h')).toBeInstanceOf(NullHandler);
  });

  it('resolves references everywhere', () => {
    const plan = read(
      {
        common: { handlers: ['h'], level: 'ext://app.level' },
        handlers: { h: { '()': 'ext://app.make', level: 'cfg://common.level' } },
        loggers: { shop: 'cfg://common' },
        root: { handlers: 'cfg://common.handlers', level: 'cfg://loggers.shop.level' },
        disable_existing_loggers: 'cfg://off',
        off: false,
      },
      { externals: { 'app.level': 30 }, factories: { 'app.make': () => new NullHandler() } },
    );

    expect(plan).toMatchObject({
      disableExisting: false,
      loggers: [{ name: 'shop', level: 30, handlers: ['h'] }],
      root: { level: 30, handlers: ['h'] },
    });
    expect(plan.createHandlers().get('h')?.level).toBe(30);
  });

  it('lets loggers name handlers that are made elsewhere', () => {
    expect(read({ root: { handlers: ['mail'] } }, { handlers: ['mail'] }).root?.handlers).toEqual(['mail']);
  });

  it('reads only levels and propagate of an incremental configuration', () => {
    const plan = read({
      incremental: true,
      formatters: { f: { format: '{never looked at}' } },
      handlers: { h: { level: 'ERROR', class: 'Anything' }, other: {} },
      loggers: { shop: { level: 'DEBUG', handlers: ['nobody'], filters: ['nobody'] } },
    });

    expect([...plan.handlerLevels]).toEqual([
      ['h', 40],
      ['other', undefined],
    ]);
    expect(plan.loggers).toEqual([
      { name: 'shop', level: 10, propagate: undefined, handlers: [], filters: [] },
    ]);
    expect(plan.createHandlers().size).toBe(0);
  });

  it.each<[object, string, ConfigNames?]>([
    [{ handlers: [] }, '"handlers" must be an object with an entry for each name, got [].'],
    [{ handler: {} }, 'dictConfig: unknown key "handler", did you mean "handlers"?'],
    [{ incremental: 'no' }, `"incremental" must be true or false, got 'no'.`],
    [{ disable_existing_loggers: 'no' }, `"disable_existing_loggers" must be true or false, got 'no'.`],
    [{ root: 'INFO' }, `"root" must be an object, got 'INFO'.`],
    [{ root: { handlers: ['h'] } }, '"root.handlers[0]": "handlers" has no "h"; known are none.'],
    [{ loggers: { a: { filters: ['f'] } } }, '"loggers.a.filters[0]": "filters" has no "f"; known are none.'],
    [{ loggers: { 'a.b': { level: 'LOUD' } } }, `"loggers['a.b'].level": Unknown level: 'LOUD'`],
    [{ formatters: { f: { style: '&' } } }, '"formatters.f": Style must be one of'],
    [{ filters: { f: { '()': 'nobody' } } }, `"filters.f['()']": "nobody" is no filter`],
    [
      { filters: 'cfg://nowhere' },
      '"filters": cfg://nowhere leads nowhere: the configuration has no "nowhere".',
    ],
    [
      {
        handlers: {
          a: { class: 'MemoryHandler', capacity: 1, target: 'b' },
          b: { class: 'MemoryHandler', capacity: 1, target: 'a' },
        },
      },
      '"handlers": handlers refer to each other in a cycle: a -> b -> a.',
    ],
    [{}, '"factories.f" must be a function or a class, got 7.', { factories: { f: 7 as never } }],
  ])('refuses %j', (config, message, names) => {
    expect(() => read(config, names)).toThrow(
      expect.objectContaining({ name: 'ConfigurationError' }) as Error,
    );
    expect(() => read(config, names)).toThrow(message);
  });
});
