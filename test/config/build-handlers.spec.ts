import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { buildHandlers, handlerOrder, NewFiles, type OrderedHandler } from '../../lib/config/build-handlers';
import { FactoryRegistry } from '../../lib/config/factories';
import { HandlerPlan } from '../../lib/config/handler-plan';
import { ConfigPlace } from '../../lib/config/place';
import type { Settings } from '../../lib/config/schema';
import { FileHandler, Handler, loggingSettings, NullHandler } from '../../lib/logging';
import { tempDir } from '../support/temp-dir';

function handlers(
  uses: Readonly<Record<string, readonly string[]>>,
  last: readonly string[] = [],
): OrderedHandler[] {
  return Object.entries(uses).map(([name, used]) => ({ name, uses: used, last: last.includes(name) }));
}

describe('handlerOrder', () => {
  it('goes by name, as Python does', () => {
    expect(handlerOrder(handlers({ b: [], c: [], a: [] }))).toEqual({ order: ['a', 'b', 'c'] });
  });

  it('puts each after those it uses, however long the chain', () => {
    expect(handlerOrder(handlers({ a: ['b'], b: ['c'], c: ['d', 'e'], d: [], e: [] }))).toEqual({
      order: ['d', 'e', 'c', 'b', 'a'],
    });
  });

  it('leaves those that leave traces for the end, where it can', () => {
    expect(handlerOrder(handlers({ a: [], m: ['a'], z: [] }, ['a']))).toEqual({ order: ['z', 'a', 'm'] });
  });

  it.each([
    [{ a: ['a'] }, ['a', 'a']],
    [{ x: ['a'], a: ['b'], b: ['c'], c: ['a'] }, ['a', 'b', 'c', 'a']],
  ])('finds the cycle in %j', (uses, cycle) => {
    expect(handlerOrder(handlers(uses))).toEqual({ cycle });
  });

  it('is fast with many handlers that share others', () => {
    const names = Array.from({ length: 60 }, (_, i) => `h${String(i).padStart(2, '0')}`);
    const uses = Object.fromEntries(names.map((name, i) => [name, names.slice(i + 1)]));

    expect(handlerOrder(handlers(uses))).toEqual({ order: names.toReversed() });
  });

  /** `h0` uses nothing, `h1` uses `h0`, and so on; named so that neither order of names is that of need. */
  function chainOf(length: number): OrderedHandler[] {
    return Array.from({ length }, (_, i) => ({
      name: `h${i}`,
      uses: i === 0 ? [] : [`h${i - 1}`],
      last: false,
    }));
  }

  it.each([100, 10])('takes a chain of %d', (length) => {
    const names = chainOf(length).map(({ name }) => name);

    expect(handlerOrder(chainOf(length))).toEqual({ order: names });
    expect(handlerOrder(chainOf(length).toReversed())).toEqual({ order: names });
  });

  it.each([101, 20_000])('refuses a chain of %d', (length) => {
    expect(handlerOrder(chainOf(length))).toEqual({ chainFrom: expect.stringMatching(/^h\d+$/) as string });
  });

  it('is fast with many handlers', () => {
    const many = Array.from({ length: 20_000 }, (_, i) => ({
      name: `h${i}`,
      uses: i % 50 === 0 ? [] : [`h${i - 1}`],
      last: i % 2 === 0,
    }));
    const start = performance.now();

    expect(handlerOrder(many)).toHaveProperty('order.length', 20_000);
    expect(performance.now() - start).toBeLessThan(1000);
  });
});

describe('NewFiles', () => {
  it('removes what was created since, if it is empty', () => {
    const dir = tempDir();
    const [old, fresh, written, url] = ['old', 'fresh', 'written', 'url'].map((name) => join(dir, name)) as [
      string,
      string,
      string,
      string,
    ];
    writeFileSync(old, '');
    const files = new NewFiles([old, fresh, written, pathToFileURL(url)]);
    for (const path of [fresh, url]) writeFileSync(path, '');
    writeFileSync(written, 'kept');

    files.remove();

    expect([old, fresh, written, url].map(existsSync)).toEqual([true, false, true, false]);
  });

  it('leaves alone what cannot be a file of ours', () => {
    const dir = tempDir();
    const sub = join(dir, 'sub');
    const files = new NewFiles([join(dir, 'never'), 'bad\0path', sub]);
    mkdirSync(sub);

    files.remove();

    expect(existsSync(sub)).toBe(true);
  });

  it('removes directories that were created since, the inner ones first, if they are empty', () => {
    const dir = tempDir();
    const files = new NewFiles(
      ['a/b/app.log', 'a/app.log', 'c/d/app.log', 'e/app.log'].map((file) => join(dir, file)),
    );
    for (const made of ['a/b', 'c/d']) mkdirSync(join(dir, made), { recursive: true });
    writeFileSync(join(dir, 'a/b/app.log'), '');
    writeFileSync(join(dir, 'c/other'), 'of somebody else');

    files.remove();

    expect(['a', 'c', 'c/d', 'c/other', 'e'].map((path) => existsSync(join(dir, path)))).toEqual([
      false,
      true,
      false,
      true,
      false,
    ]);
  });

  it('leaves a directory alone that was there before', () => {
    const dir = tempDir();
    mkdirSync(join(dir, 'empty'));
    const files = new NewFiles([join(dir, 'empty', 'app.log')]);

    files.remove();

    expect(existsSync(join(dir, 'empty'))).toBe(true);
  });
});

function plansOf(entries: Readonly<Record<string, Settings>>): HandlerPlan[] {
  const place = new ConfigPlace('dictConfig', 'handlers');
  return Object.entries(entries).map(
    ([name, entry]) =>
      new HandlerPlan(name, entry, {
        place: place.at(name),
        factories: new FactoryRegistry({}, place),
        formatters: new Map(),
        filters: new Map(),
        handlerNames: Object.keys(entries),
      }),
  );
}

/** A factory that remembers what it made. */
function maker(): { readonly make: () => Handler; readonly made: Handler[] } {
  const made: Handler[] = [];
  return {
    made,
    make: () => {
      const handler = new NullHandler();
      made.push(handler);
      return handler;
    },
  };
}

describe('buildHandlers', () => {
  it('makes them all, in the order given', () => {
    const made = buildHandlers(plansOf({ b: { class: 'NullHandler' }, a: { class: 'NullHandler' } }));

    expect([...made.keys()]).toEqual(['b', 'a']);
  });

  it('touches no file when an option of any file handler is wrong', () => {
    const filename = join(tempDir(), 'app.log');
    writeFileSync(filename, 'old');
    const { make, made } = maker();

    expect(() =>
      plansOf({
        own: { '()': make },
        first: { class: 'FileHandler', filename, mode: 'w' },
        second: { class: 'FileHandler', filename: `${filename}.2`, encoding: 'klingon' },
      }),
    ).toThrow('"handlers.second.encoding": FileHandler: "encoding" must be one of utf8, ');

    expect(readFileSync(filename, 'utf8')).toBe('old');
    expect(made).toEqual([]);
  });

  it('closes what is made, and removes new files, when a later one cannot be made', () => {
    const dir = tempDir();
    const [fresh, old] = [join(dir, 'fresh.log'), join(dir, 'old.log')];
    writeFileSync(old, '');
    const { make, made } = maker();
    const plans = plansOf({
      own: { '()': make },
      fresh: { class: 'FileHandler', filename: fresh },
      old: { class: 'FileHandler', filename: old },
      missing: { class: 'FileHandler', filename: join(dir, 'missing', 'app.log') },
    });

    expect(() => buildHandlers(plans)).toThrow(
      /^dictConfig: "handlers\.missing": FileHandler: cannot open ".*app\.log" with mode "a": ENOENT/,
    );

    expect(made.map(({ closed }) => closed)).toEqual([true]);
    expect([fresh, old].map(existsSync)).toEqual([false, true]);
  });

  it('leaves the search for callers off when the formatter that wants it is not used', () => {
    const { captureCaller } = loggingSettings;
    loggingSettings.captureCaller = false;
    onTestFinished(() => void (loggingSettings.captureCaller = captureCaller));
    const formatter = { format: () => '', usesCaller: true };
    const fail = (): never => {
      throw new Error('no');
    };

    expect(() =>
      buildHandlers(plansOf({ a: { class: 'NullHandler', formatter }, b: { '()': fail } })),
    ).toThrow('"handlers.b": no');
    expect(loggingSettings.captureCaller).toBe(false);

    buildHandlers(plansOf({ a: { class: 'NullHandler', formatter } }));
    expect(loggingSettings.captureCaller).toBe(true);
  });

  it('opens the files of a good configuration', async () => {
    const filename = join(tempDir(), 'app.log');

    const handler = buildHandlers(plansOf({ file: { class: 'FileHandler', filename } })).get('file');
    await handler?.close();

    expect(handler).toBeInstanceOf(FileHandler);
    expect(existsSync(filename)).toBe(true);
  });
});
