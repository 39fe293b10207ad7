import { describe, expect, it } from 'vitest';
import { ConfigPlace } from '../../lib/config/config-place';
import { readOptions } from '../../lib/config/option-names';

const place = new ConfigPlace('dictConfig', 'handlers.h');
const KNOWN = ['respectHandlerLevel', 'capacity', 'when'];

describe('readOptions', () => {
  it("takes Python's spelling for ours", () => {
    const read = readOptions({ respect_handler_level: true, when: 'D' }, KNOWN, { place });

    expect(read).toEqual({ respectHandlerLevel: true, when: 'D' });
  });

  it('refuses a key that nobody knows, with the one that was meant', () => {
    expect(() => readOptions({ capcity: 1 }, KNOWN, { place })).toThrow(
      'dictConfig: "handlers.h": unknown option "capcity", did you mean "capacity"? ' +
        'Known are capacity, respectHandlerLevel, when.',
    );
  });

  it('keeps such a key as it is when told to', () => {
    expect(readOptions({ my_key: 1 }, KNOWN, { place, others: 'keep' })).toEqual({ my_key: 1 });
  });

  it('refuses one option in two spellings', () => {
    expect(() =>
      readOptions({ respect_handler_level: true, respectHandlerLevel: false }, KNOWN, { place }),
    ).toThrow('"respectHandlerLevel" is given twice, also as "respectHandlerLevel".');
  });

  it('takes __proto__ for an unknown key like any other', () => {
    const data = JSON.parse('{ "__proto__": { "capacity": 1 } }') as Record<string, unknown>;

    expect(() => readOptions(data, KNOWN, { place })).toThrow('unknown option "__proto__"');
    expect(Object.getPrototypeOf(readOptions(data, KNOWN, { place, others: 'keep' }))).toBe(Object.prototype);
  });

  it('reads a key of many underscores in linear time', () => {
    const start = performance.now();

    expect(() => readOptions({ ['_'.repeat(100_000)]: 1 }, KNOWN, { place })).toThrow('unknown option');
    expect(() => readOptions({ capacity___: 1 }, KNOWN, { place })).toThrow('unknown option');
    expect(readOptions({ respect__handler_level: 1 }, KNOWN, { place })).toEqual({ respectHandlerLevel: 1 });
    expect(performance.now() - start).toBeLessThan(500);
  });
});
