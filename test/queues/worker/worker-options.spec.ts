import { existsSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { ConfigurationError } from '../../../lib/errors';
import { readOptions, type Settings } from '../../../lib/internal/options';
import { WORKER_SPEC, workerSetup } from '../../../lib/queues/worker/worker-options';

function read(options: object): Settings<typeof WORKER_SPEC> & { readonly setup: unknown } {
  const settings = readOptions(WORKER_SPEC, options, 'WorkerQueue');
  return { ...settings, setup: workerSetup('WorkerQueue', settings) };
}

describe('the options of WorkerQueue', () => {
  it('fills in the defaults, and finds the program of the worker', () => {
    const { entry, ...rest } = read({ handlers: {} });

    expect(rest).toMatchObject({
      setup: { handlers: {}, respectHandlerLevel: false, flushBeforeAck: false },
      maxBytes: 16 * 1024 * 1024,
      overflow: 'drop-newest',
      waitMs: 1000,
      flushTimeout: 5,
    });
    expect(existsSync(entry.replace(/\.js$/, '.ts'))).toBe(true);
  });

  it('accepts paths and file URLs for a module', () => {
    for (const module of [__filename, pathToFileURL(__filename), pathToFileURL(__filename).href]) {
      const { setup } = read({ module });
      expect(setup).toHaveProperty('module', pathToFileURL(__filename).href);
    }
  });

  it.each<[unknown, string]>([
    [{}, 'WorkerQueue: takes exactly one of "handlers", "module" and "config", got 0.'],
    [
      { handlers: {}, module: '/x.js' },
      'WorkerQueue: takes exactly one of "handlers", "module" and "config", got 2.',
    ],
    [
      { module: './handlers.js' },
      'WorkerQueue: "module" must be an absolute path or a file URL, got \'./handlers.js\'; use require.resolve() or new URL().',
    ],
    [
      { handlers: { file: { class: 'FileHandler', namer: () => '' } } },
      'WorkerQueue: "handlers" and "config" must be plain data, without functions or class instances; use "module" for these.',
    ],
    [
      { handlers: {}, maxBytes: 10 },
      'WorkerQueue: "maxBytes" must be an integer from 65536 to 1073741824, got 10.',
    ],
    [
      { handlers: {}, overflow: 'drop-oldest' },
      "WorkerQueue: \"overflow\" must be 'drop-newest' or 'wait', got 'drop-oldest'.",
    ],
    [
      { handlers: {}, flushTimeout: 0 },
      'WorkerQueue: "flushTimeout" must be a positive number up to 2147483, got 0.',
    ],
    [{ handlers: {}, waitMs: 0 }, 'WorkerQueue: "waitMs" must be a positive integer, got 0.'],
  ])('refuses %o', (options, message) => {
    expect(() => read(options as object)).toThrow(new ConfigurationError(message));
  });
});
