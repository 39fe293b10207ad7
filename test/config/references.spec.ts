import { describe, expect, it } from 'vitest';
import { ConfigPlace } from '../../lib/config/place';
import {
  ConfigReferences,
  Externals,
  referencesIn,
  replaceReferences,
  SectionRef,
} from '../../lib/config/references';

const place = new ConfigPlace('dictConfig');

function referencesOf(
  config: Record<string, unknown>,
  externals: Record<string, unknown> = {},
): ConfigReferences {
  return new ConfigReferences(config, new Externals(externals), place);
}

/** Python's own test of the notation (test_baseconfig). */
const BASE = {
  atuple: [1, 2, 3],
  alist: ['a', 'b', 'c'],
  adict: { d: 'e', f: 3, 'alpha numeric 1 with spaces': 5, 'alpha-numeric-&-more': 9 },
  nest1: ['g', ['h', 'i'], 'j'],
  nest2: ['k', ['l', 'm'], 'n'],
  nest3: ['o', 'cfg://alist', 'p'],
};

describe('ConfigReferences', () => {
  it.each([
    ['cfg://alist', ['a', 'b', 'c']],
    ['cfg://alist[1]', 'b'],
    ['cfg://nest1[1][0]', 'h'],
    ['cfg://nest2[1][1]', 'm'],
    ['cfg://adict.d', 'e'],
    ['cfg://adict[f]', 3],
    ['cfg://adict[alpha numeric 1 with spaces]', 5],
    ['cfg://adict[alpha-numeric-&-more]', 9],
    ['cfg://nest3', ['o', ['a', 'b', 'c'], 'p']],
    ['cfg://nest3[1][2]', 'c'],
    ['ext://logging.DEBUG', 10],
    ['http://alist', 'http://alist'],
    ['cfg:/alist', 'cfg:/alist'],
    [7, 7],
  ])('reads %s', (text, value) => {
    expect(referencesOf(BASE).resolve(text, place)).toEqual(value);
  });

  it.each([
    ['cfg://nosuch', 'cfg://nosuch leads nowhere: the configuration has no "nosuch".'],
    ['cfg://adict.x', 'cfg://adict.x leads nowhere: "adict" has no "x".'],
    ['cfg://alist[3]', 'cfg://alist[3] leads nowhere: "alist" has no "3".'],
    ['cfg://alist.length', '"alist" has no "length".'],
    ['cfg://adict.__proto__', '"adict" has no "__proto__".'],
    ['cfg://adict.constructor', '"adict" has no "constructor".'],
    ['cfg://adict.d.at', '"adict.d" has no "at".'],
    ['cfg://!', "must be a reference such as cfg://handlers.file or cfg://list[0], got 'cfg://!'."],
    ['cfg://adict[', 'must be a reference such as '],
    ['ext://os.system', 'ext://os.system is not registered in "externals"; known are '],
  ])('refuses %s', (text, message) => {
    expect(() => referencesOf(BASE).resolve(text, place.at('root'))).toThrow(`dictConfig: "root"`);
    expect(() => referencesOf(BASE).resolve(text, place.at('root'))).toThrow(message);
  });

  it('copies the data and leaves other objects as they are', () => {
    const stream = new (class Stream {})();
    const data = { list: ['cfg://alist[0]'], stream };

    const resolved = referencesOf(BASE).resolve(data, place) as typeof data;

    expect(resolved).toEqual({ list: ['a'], stream });
    expect(resolved.stream).toBe(stream);
    expect(data.list).toEqual(['cfg://alist[0]']);
  });

  it('follows references of references, and finds the way round', () => {
    const references = referencesOf({ a: 'cfg://b', b: 'cfg://c.d', c: 'cfg://e', e: { d: 5 } });
    expect(references.resolve('cfg://a', place)).toBe(5);

    const round = referencesOf({ a: 'cfg://b', b: ['cfg://c'], c: 'cfg://a', self: { x: 'cfg://self.x' } });
    expect(() => round.resolve('cfg://a', place)).toThrow(
      'references form a cycle: cfg://a -> cfg://b -> cfg://c -> cfg://a.',
    );
    expect(() => round.resolve('cfg://self', place)).toThrow('references form a cycle');
    expect(() => referencesOf({ a: 'cfg://a.b' }).resolve('cfg://a.b', place)).toThrow('cycle');
  });

  it('finds data that contains itself', () => {
    const loop: Record<string, unknown> = {};
    loop['loop'] = loop;

    expect(() => referencesOf({}).resolve({ loop }, place)).toThrow(
      'dictConfig: "loop.loop": contains itself.',
    );
  });

  it('lets a reference to a handler stand for the handler where that is wanted', () => {
    const references = referencesOf({ handlers: { file: { level: 'INFO' } } });

    expect(references.resolve('cfg://handlers.file', place, true)).toEqual(
      new SectionRef('handlers', 'file'),
    );
    expect(references.resolve('cfg://handlers.file', place)).toEqual({ level: 'INFO' });
    expect(references.resolve('cfg://handlers.file.level', place, true)).toBe('INFO');
    expect(() => references.resolve('cfg://handlers.mail', place, true)).toThrow('"handlers" has no "mail".');
  });

  it('remembers which top-level keys were used', () => {
    const references = referencesOf(BASE);
    references.resolve(['cfg://alist[0]', 'cfg://nest3'], place);

    expect([...references.used]).toEqual(['alist', 'nest3']);
  });

  describe('bound what they can come to', () => {
    /** Each key holds the one before twice: 2^24 values behind the last one. */
    function doubling(make: (reference: string) => unknown): Record<string, unknown> {
      return Object.fromEntries(
        Array.from({ length: 24 }, (_, i) => [`a${i}`, i === 0 ? 'x' : make(`cfg://a${i - 1}`)]),
      );
    }

    it.each([
      ['lists', doubling((reference) => [reference, reference])],
      ['objects', doubling((reference) => ({ left: reference, right: reference }))],
      ['objects in lists', doubling((reference) => [{ a: reference }, { b: [reference] }])],
    ])('where %s double', (_what, config) => {
      const start = performance.now();

      expect(() => referencesOf(config).resolve('cfg://a23', place.at('root'))).toThrow(
        'dictConfig: cfg:// references copy more than 20000 values.',
      );
      expect(performance.now() - start).toBeLessThan(500);
    });

    it('where one big value is referred to again and again', () => {
      const config = { big: Array.from({ length: 1000 }, () => 'x') };
      const references = referencesOf(config);

      for (let i = 0; i < 19; i++) references.resolve('cfg://big', place);
      expect(() => references.resolve(['cfg://big', 'cfg://big'], place)).toThrow(
        'copy more than 20000 values',
      );
    });

    it('counts only what references copy', () => {
      const literal = Array.from({ length: 50_000 }, (_, i) => i);

      expect(referencesOf({}).resolve(literal, place)).toEqual(literal);
    });

    const nested = (levels: number): unknown => JSON.parse('['.repeat(levels) + ']'.repeat(levels));
    const chain = Object.fromEntries(Array.from({ length: 20_000 }, (_, i) => [`a${i}`, `cfg://a${i + 1}`]));

    it.each([
      ['JSON', nested(20_000), {}],
      ['JSON behind a reference', 'cfg://deep', { deep: nested(20_000) }],
      ['a chain of references', 'cfg://a0', chain],
      ['half of each', 'cfg://a0', { a0: [[['cfg://a1']]], a1: nested(98) }],
    ])('refuse %s that is too deep', (_what, value, config) => {
      expect(() => referencesOf(config).resolve(value, place)).toThrow(
        'dictConfig: objects, lists and references lie more than 100 levels deep.',
      );
    });

    it('take 100 levels', () => {
      expect(referencesOf({}).resolve(nested(100), place)).toEqual(nested(100));
    });

    it('refuse a reference of more than 100 steps', () => {
      expect(() =>
        referencesOf({ a: {} }).resolve(`cfg://a${'.a'.repeat(100_000)}`, place.at('root')),
      ).toThrow('dictConfig: "root": a reference has at most 100 steps.');
    });
  });
});

const file = new SectionRef('handlers', 'file');
const json = new SectionRef('formatters', 'json');

describe('replaceReferences', () => {
  it('replaces at any depth and leaves other objects alone', () => {
    const own = new Map();

    const replaced = replaceReferences({ a: file, b: [json, { c: file }], own }, ({ name }) => name);

    expect(replaced).toEqual({ a: 'file', b: ['json', { c: 'file' }], own });
    expect((replaced as { own: unknown }).own).toBe(own);
  });

  describe('given an object of the program', () => {
    it('keeps the object that it is', () => {
      const mailer = { sent: 0, send: () => undefined };

      const replaced = replaceReferences({ mailer, file }, () => 'made') as { mailer: unknown };

      expect(replaced).toEqual({ mailer, file: 'made' });
      expect(replaced.mailer).toBe(mailer);
    });

    it.each([
      ['holds itself', 3, 1],
      ['holds itself in many ways', 40, 40],
      ['is deep', 20_000, 1],
    ])('ends at one that %s', (_what, count, fanOut) => {
      const nodes = Array.from({ length: count }, (): Record<string, unknown> => ({}));
      for (const [i, node] of nodes.entries()) {
        for (let k = 1; k <= fanOut; k++) node[`to${k}`] = nodes[(i + k) % count];
      }

      expect(replaceReferences(nodes[0], () => 'made')).toBe(nodes[0]);
    });
  });
});

describe('referencesIn', () => {
  it('lists them', () => {
    expect(referencesIn([{ a: file }, 'text', [json]])).toEqual([file, json]);
    expect(referencesIn(undefined)).toEqual([]);
  });

  it('finds each once in a value that holds itself', () => {
    const loop: Record<string, unknown> = { file };
    loop['again'] = [loop, loop];

    expect(referencesIn(loop)).toEqual([file]);
  });
});

const streamPlace = new ConfigPlace('dictConfig', 'handlers.h.stream');

describe('Externals', () => {
  it("knows Python's streams, socket types and levels", () => {
    const externals = new Externals();
    const names = ['sys.stdout', 'sys.stderr', 'socket.SOCK_STREAM', 'socket.SOCK_DGRAM', 'logging.WARN'];

    expect(names.map((name) => externals.find(name, streamPlace))).toEqual([
      process.stdout,
      process.stderr,
      'stream',
      'dgram',
      30,
    ]);
  });

  it("knows the constants of Python's SysLogHandler", () => {
    const externals = new Externals();
    const find = (name: string): unknown =>
      externals.find(`logging.handlers.SysLogHandler.${name}`, streamPlace);

    expect([find('LOG_LOCAL0'), find('LOG_ERR')]).toEqual([16, 3]);
    for (const name of ['LOG_LOCAL9', 'priorityMap', 'prototype'])
      expect(() => find(name)).toThrow('not registered');
  });

  it('prefers what the caller gives', () => {
    const stream = { write: () => true };

    expect(new Externals({ 'sys.stdout': stream }).find('sys.stdout', streamPlace)).toBe(stream);
  });

  it('knows nothing else', () => {
    const externals = new Externals({ 'app.stream': 1 });

    expect(() => externals.find('app.steam', streamPlace)).toThrow(
      'dictConfig: "handlers.h.stream": ext://app.steam is not registered in "externals", did you mean "app.stream"?',
    );
    for (const name of ['constructor', '__proto__', 'process.exit', '']) {
      expect(() => externals.find(name, streamPlace)).toThrow('is not registered');
    }
  });
});
