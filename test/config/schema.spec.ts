import { describe, expect, it } from 'vitest';
import { ConfigPlace } from '../../lib/config/place';
import {
  readConfig,
  readFlag,
  readLevel,
  readList,
  readLogger,
  readNames,
  readOptions,
  readSection,
  refuseMistyped,
} from '../../lib/config/schema';

const place = new ConfigPlace('dictConfig');

describe('readConfig', () => {
  it('takes both spellings, and keys of the caller', () => {
    expect(readConfig({ version: 1, disable_existing_loggers: false, my_key: 2 }, place)).toEqual({
      version: 1,
      disableExistingLoggers: false,
      my_key: 2,
    });
  });

  it.each([
    [null, 'dictConfig: the configuration must be an object, got null.'],
    [[], 'dictConfig: the configuration must be an object, got [].'],
    ['{}', 'dictConfig: the configuration must be an object, got '],
    [{}, 'dictConfig: "version" must be 1, got undefined.'],
    [{ version: 2 }, 'dictConfig: "version" must be 1, got 2.'],
    [{ version: '1' }, `dictConfig: "version" must be 1, got '1'.`],
    [
      { version: 1, disableExistingLoggers: true, disable_existing_loggers: false },
      'dictConfig: "disableExistingLoggers" is given twice',
    ],
  ])('refuses %j', (config, message) => {
    expect(() => readConfig(config, place)).toThrow(message);
  });
});

describe('refuseMistyped', () => {
  it('refuses a key that looks like one of ours, unless something refers to it', () => {
    const config = { version: 1, handler: {}, objects: {} };

    expect(() => refuseMistyped(config, new Set(), place)).toThrow(
      'dictConfig: unknown key "handler", did you mean "handlers"? Known are ',
    );
    expect(() => refuseMistyped(config, new Set(['handler']), place)).not.toThrow();
  });
});

describe('the readers of values', () => {
  it('take null for nothing', () => {
    expect(readFlag(null, place)).toBeUndefined();
    expect(readLevel(null, place)).toBeUndefined();
    expect(readList(null, place)).toEqual([]);
    expect(readNames(undefined, place)).toEqual([]);
    expect(readSection(null, place)).toEqual([]);
  });

  it('take 1 and 0 for true and false, and levels by name or number', () => {
    expect([true, 1, false, 0].map((value) => readFlag(value, place))).toEqual([true, true, false, false]);
    expect(['INFO', 15].map((value) => readLevel(value, place))).toEqual([20, 15]);
  });

  it('say what must be', () => {
    expect(() => readFlag('no', place.at('root').at('propagate'))).toThrow(
      `dictConfig: "root.propagate" must be true or false, got 'no'.`,
    );
    expect(() => readLevel('info', place.at('level'))).toThrow(
      `dictConfig: "level": Unknown level: 'info'; write 'INFO'.`,
    );
    expect(() => readNames('console', place.at('handlers'))).toThrow(
      `dictConfig: "handlers" must be a list, got 'console'.`,
    );
    expect(() => readNames(['a', 1], place.at('handlers'))).toThrow('"handlers[1]" must be a name, got 1.');
    expect(() => readSection([], place.at('handlers'))).toThrow(
      '"handlers" must be an object with an entry for each name, got [].',
    );
    expect(() => readSection({ file: 'x' }, place.at('handlers'))).toThrow(
      `"handlers.file" must be an object, got 'x'.`,
    );
  });
});

describe('readLogger', () => {
  it('reads level, propagate, handlers and filters', () => {
    const own = (): boolean => true;
    const entry = { level: 'ERROR', propagate: 0, handlers: ['a'], filters: ['f', own] };

    expect(readLogger(entry, place)).toMatchObject({
      level: 40,
      propagate: false,
      handlers: ['a'],
      filters: ['f', own],
    });
  });

  it.each([
    [{ levl: 1 }, 'unknown option "levl", did you mean "level"?'],
    [7, 'must be an object, got 7.'],
  ])('refuses %j', (entry, message) => {
    expect(() => readLogger(entry, place.at('root'))).toThrow(message);
  });
});

const entryPlace = new ConfigPlace('dictConfig', 'handlers.h');
const KNOWN = ['respectHandlerLevel', 'capacity', 'when'];

describe('readOptions', () => {
  it("takes Python's spelling for ours", () => {
    const read = readOptions({ respect_handler_level: true, when: 'D' }, KNOWN, { place: entryPlace });

    expect(read).toEqual({ respectHandlerLevel: true, when: 'D' });
  });

  it('refuses a key that nobody knows, with the one that was meant', () => {
    expect(() => readOptions({ capcity: 1 }, KNOWN, { place: entryPlace })).toThrow(
      'dictConfig: "handlers.h": unknown option "capcity", did you mean "capacity"? ' +
        'Known are capacity, respectHandlerLevel, when.',
    );
  });

  it('keeps such a key as it is when told to', () => {
    expect(readOptions({ my_key: 1 }, KNOWN, { place: entryPlace, others: 'keep' })).toEqual({ my_key: 1 });
  });

  it('refuses one option in two spellings', () => {
    expect(() =>
      readOptions({ respect_handler_level: true, respectHandlerLevel: false }, KNOWN, { place: entryPlace }),
    ).toThrow('"respectHandlerLevel" is given twice, also as "respectHandlerLevel".');
  });

  it('takes __proto__ for an unknown key like any other', () => {
    const data = JSON.parse('{ "__proto__": { "capacity": 1 } }') as Record<string, unknown>;

    expect(() => readOptions(data, KNOWN, { place: entryPlace })).toThrow('unknown option "__proto__"');
    expect(Object.getPrototypeOf(readOptions(data, KNOWN, { place: entryPlace, others: 'keep' }))).toBe(
      Object.prototype,
    );
  });

  it('reads a key of many underscores in linear time', () => {
    const start = performance.now();

    expect(() => readOptions({ ['_'.repeat(100_000)]: 1 }, KNOWN, { place: entryPlace })).toThrow(
      'unknown option',
    );
    expect(() => readOptions({ capacity___: 1 }, KNOWN, { place: entryPlace })).toThrow('unknown option');
    expect(readOptions({ respect__handler_level: 1 }, KNOWN, { place: entryPlace })).toEqual({
      respectHandlerLevel: 1,
    });
    expect(performance.now() - start).toBeLessThan(500);
  });
});
