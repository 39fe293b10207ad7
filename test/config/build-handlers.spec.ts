import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { buildHandlers } from '../../lib/config/build-handlers';
import { ConfigPlace } from '../../lib/config/config-place';
import { FactoryRegistry } from '../../lib/config/factory-registry';
import { HandlerPlan } from '../../lib/config/handler-plan';
import type { Settings } from '../../lib/config/option-names';
import { FileHandler, Handler, loggingSettings, NullHandler } from '../../lib/logging';
import { tempDir } from '../support/temp-dir';

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
    const plans = plansOf({
      own: { '()': make },
      first: { class: 'FileHandler', filename, mode: 'w' },
      second: { class: 'FileHandler', filename: `${filename}.2`, encoding: 'klingon' },
    });

    expect(() => buildHandlers(plans)).toThrow('"handlers.second');

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
