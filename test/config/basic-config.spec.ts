import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { basicConfig, type BasicConfigOptions } from '../../lib/config/basic-config';
import type { Handler } from '../../lib/core/handler';
import { getLogger } from '../../lib/core/manager';
import { Formatter } from '../../lib/formatters/formatter';
import { FileHandler, NullHandler, StreamHandler } from '../../lib/handlers';
import { CollectingHandler } from '../../lib/testing';
import { capturedStderr } from '../support/captured-stderr';
import { some } from '../support/some';
import { tempDir } from '../support/temp-dir';
import { split, vectors, type Differences } from '../support/vectors';

const root = getLogger();

beforeEach(() => {
  root.setLevel('WARNING');
});

afterEach(() => {
  for (const handler of root.handlers) {
    root.removeHandler(handler);
    void handler.close();
  }
});

/** Every case runs. */
const DIFFERENCES: Differences = {};

interface Input {
  readonly had_handlers: number;
  readonly kwargs: Readonly<Record<string, unknown>>;
}

interface Described {
  readonly $dict: readonly (readonly [string, unknown])[];
}

interface Expected {
  readonly value?: readonly (Described | number)[];
  readonly error?: { readonly type: string; readonly message: string };
}

function optionsOf({ kwargs }: Input): BasicConfigOptions {
  const { handlers, filename, ...rest } = kwargs;
  return {
    ...rest,
    ...(handlers === undefined
      ? {}
      : { handlers: Array.from({ length: Number(handlers) }, () => new StreamHandler()) }),
    ...(filename === undefined ? {} : { filename: String(filename).replace('$DIR', tempDir()) }),
  };
}

/** What a format string makes of a record, so that two of them can be compared. */
function rendered(formatter: Handler['formatter']): string | undefined {
  return formatter?.format(some.record({ name: 'a', created: 0 }));
}

/** A handler as the vectors describe it; the format string by what it makes of a record. */
function describeHandler(handler: Handler): Readonly<Record<string, unknown>> {
  const file = handler instanceof FileHandler ? handler : undefined;
  const datefmt = handler.formatter instanceof Formatter ? handler.formatter.datefmt : undefined;
  return {
    class: handler.constructor.name,
    fmt: rendered(handler.formatter) ?? null,
    datefmt: datefmt ?? null,
    mode: file?.mode ?? null,
    errors: file?.errors ?? null,
  };
}

function expectedHandler({ $dict }: Described): Readonly<Record<string, unknown>> {
  const described = Object.fromEntries($dict);
  const { fmt } = described;
  return { ...described, fmt: fmt === null ? null : rendered(new Formatter(String(fmt))) };
}

describe('basicConfig, as CPython', () => {
  const { run, listed } = split(vectors<Input, Expected>('core', 'basicConfig'), DIFFERENCES);

  it('runs every case that is not listed as different', () => {
    expect(run.length + listed.length).toBe(vectors('core', 'basicConfig').length);
    expect(listed).toHaveLength(Object.keys(DIFFERENCES).length);
  });

  it.each(run.filter(({ expect: { error } }) => error !== undefined))(
    '$id',
    ({ in: input, expect: expected }) => {
      expect(() => basicConfig(optionsOf(input))).toThrow(expected.error?.message);
    },
  );

  it.each(run.filter(({ expect: { error } }) => error === undefined))(
    '$id',
    ({ in: input, expect: expected }) => {
      const { value = [] } = expected;
      for (let i = 0; i < input.had_handlers; i++) root.addHandler(new NullHandler());

      basicConfig(optionsOf(input));

      const described = value.filter((one) => typeof one !== 'number');
      expect(root.handlers.map(describeHandler)).toEqual(described.map(expectedHandler));
      expect(root.level).toBe(value.at(-1));
    },
  );
});

describe('basicConfig', () => {
  it('writes level, name and message to whatever stderr is', () => {
    const stderr = capturedStderr();

    basicConfig();
    getLogger('shop').warning('order %d', 13);

    expect(stderr.text).toBe('WARNING:shop:order 13\n');
  });

  it.each([
    ['{', 'WARNING:shop:order'],
    ['$', 'WARNING:shop:order'],
  ] as const)('has a basic format in the style %s', (style, text) => {
    const seen = new CollectingHandler();

    basicConfig({ style, handlers: [seen] });
    getLogger('shop').warning('order');

    expect(seen.messages).toEqual([text]);
  });

  it('appends to a file by default, and begins it anew with filemode w', () => {
    const filename = join(tempDir(), 'app.log');

    for (const filemode of ['a', 'a', 'w']) {
      basicConfig({ filename, filemode, format: '%(message)s', force: true });
      getLogger().warning(filemode);
      if (filemode === 'a') continue;
      expect(readFileSync(filename, 'utf8')).toBe('w\n');
    }
  });

  it('writes what an encoding lacks as an escape', () => {
    const filename = join(tempDir(), 'app.log');

    basicConfig({ filename, encoding: 'ascii', format: '%(message)s' });
    getLogger().warning('café');

    expect(readFileSync(filename, 'latin1')).toBe('caf\\xe9\n');
  });

  it('keeps the formatter that a handler has', () => {
    const formatter = { format: () => 'mine' };
    const own = new CollectingHandler({ formatter });
    const none = new CollectingHandler();

    basicConfig({ handlers: new Set([own, none]), format: '%(levelname)s' });

    expect(own.formatter).toBe(formatter);
    expect(rendered(none.formatter)).toBe('INFO');
  });

  it('takes null as Python takes None', () => {
    const stderr = capturedStderr();

    basicConfig({ format: null, datefmt: null, level: null, handlers: null, stream: null });
    getLogger('shop').warning('order');

    expect([stderr.text, root.level]).toEqual(['order\n', 30]);
  });

  it('removes and closes the handlers there are when forced to', () => {
    const old = [new CollectingHandler(), new CollectingHandler()];
    for (const handler of old) root.addHandler(handler);
    const next = new CollectingHandler();

    basicConfig({ handlers: [next], force: true });

    expect(old.map(({ closed }) => closed)).toEqual([true, true]);
    expect(root.handlers).toEqual([next]);
  });

  it('closes the others when one cannot be closed', async () => {
    const stderr = capturedStderr();
    class Sync extends CollectingHandler {
      override close(): void {
        throw new Error('close failed');
      }
    }
    class Async extends CollectingHandler {
      override async close(): Promise<void> {
        throw new Error('close failed later');
      }
    }
    const last = new CollectingHandler();
    for (const handler of [new Sync({ name: 'sync' }), new Async({ name: 'async' }), last])
      root.addHandler(handler);

    basicConfig({ handlers: [], force: true });
    await Promise.resolve();

    expect(last.closed).toBe(true);
    expect(stderr.text).toContain('Sync sync: the close by basicConfig failed: Error: close failed\n');
    expect(stderr.text).toContain(
      'Async async: the close by basicConfig failed: Error: close failed later\n',
    );
  });

  it('does nothing when the root has handlers, not even complain', () => {
    const handler = new NullHandler();
    root.addHandler(handler);

    basicConfig({ level: 'DEBUG', style: '?', loglevel: 1 } as never);

    expect([root.handlers, root.level]).toEqual([[handler], 30]);
  });

  it.each<[BasicConfigOptions | Record<string, unknown>, string]>([
    [{ stream: process.stdout, filename: 'a' }, "'stream' and 'filename' should not be specified together"],
    [
      { stream: process.stdout, handlers: [] },
      "'stream' or 'filename' should not be specified together with 'handlers'",
    ],
    [
      { loglevel: 10, colour: true },
      'Unrecognised argument(s): loglevel, colour; known are datefmt, encoding, ',
    ],
    [{ filenam: 'a' }, 'Unrecognised argument(s): filenam, did you mean "filename"? Known are datefmt, '],
    [{ handlers: [], filemode: 'w' }, 'Unrecognised argument(s): filemode'],
    [{ style: '?' }, 'Style must be one of: %,{,$'],
    [{ format: 'no field' }, "Invalid format 'no field' for '%' style"],
    [{ level: 'LOUD' }, "Unknown level: 'LOUD'"],
  ])('refuses %o and leaves the root as it is', (options, message) => {
    const handler = new CollectingHandler();
    root.addHandler(handler);

    expect(() => basicConfig({ ...options, force: true })).toThrow(
      expect.objectContaining({ name: 'ConfigurationError', message: expect.stringContaining(message) }),
    );
    expect([root.handlers, root.level, handler.closed]).toEqual([[handler], 30, false]);
  });
});
