import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ConfigurationError } from '../../../lib/errors';
import { InMemoryQueue, StreamHandler } from '../../../lib/logging';
import { checkOptions } from '../../../lib/nest/application/check-options';
import {
  checkQueue,
  consoleData,
  defaultHandler,
  defaultHandlerName,
  workerHandlers,
} from '../../../lib/nest/application/create-handlers';
import type { LoggingModuleOptions } from '../../../lib/nest/application/options';
import { CollectingHandler } from '../../../lib/testing';
import { runChild, runProgram } from '../../support/child';
import { linesOf } from '../../support/lines';

describe('defaultHandler', () => {
  it('writes to standard output', () => {
    const { console } = defaultHandler(undefined);

    expect(console).toBeInstanceOf(StreamHandler);
    expect((console as StreamHandler).stream).toBe(process.stdout);
  });

  it('writes JSON lines if that is not a terminal', async () => {
    const { stdout } = await runChild(`
      const { getLogger } = lib('logging');
      getLogger().addHandler(lib('nest/application/create-handlers').defaultHandler().console);
      getLogger('shop').error('order %d failed', 13, { total: 7 });
    `);

    expect(JSON.parse(stdout)).toMatchObject({
      level: 'ERROR',
      logger: 'shop',
      message: 'order 13 failed',
      total: 7,
    });
    expect(stdout.endsWith('}\n')).toBe(true);
  });

  it.each([
    ['at once on a terminal', true, { formatter: 'pretty' }],
    ['turn by turn elsewhere', undefined, { formatter: 'json', buffer: 'turn' }],
  ])('writes %s', (_how, isTTY, form) => {
    const { stdout } = process;
    const had = Object.getOwnPropertyDescriptor(stdout, 'isTTY');
    Object.defineProperty(stdout, 'isTTY', { value: isTTY, configurable: true });
    onTestFinished(() => {
      Reflect.deleteProperty(stdout, 'isTTY');
      if (had !== undefined) Object.defineProperty(stdout, 'isTTY', had);
    });

    expect(consoleData()).toEqual({ class: 'StreamHandler', stream: 'stdout', ...form });
  });
});

describe('checkQueue', () => {
  it("accepts a queue, 'worker' and undefined", () => {
    const queue = new InMemoryQueue();

    expect(checkQueue({ queue })).toBe(queue);
    expect(checkQueue({ queue: 'worker' })).toBe('worker');
    expect(checkQueue({})).toBeUndefined();
    expect([undefined, 'worker' as const, queue].map(defaultHandlerName)).toEqual([
      'console',
      'console',
      'queue',
    ]);
  });

  it.each<[unknown, string]>([
    [
      { queue: 'redis' },
      "LoggingModule: \"queue\" must be 'worker' or a queue with an enqueue(record) method, got 'redis'.",
    ],
    [
      { queue: 'worker', config: { version: 1 } },
      'LoggingModule: "queue" cannot be used together with "config"; describe a QueueHandler and its queue in "config".',
    ],
  ])('refuses %j', (options, message) => {
    expect(() => checkOptions(options as LoggingModuleOptions)).toThrow(new ConfigurationError(message));
  });
});

describe('workerHandlers', () => {
  it('refuses a handler that cannot be sent to another thread, and an unknown level', () => {
    expect(() => workerHandlers({ mine: new CollectingHandler() }, 1000)).toThrow(
      'LoggingModule: "handlers.mine" must be data with "class", since "queue" is \'worker\'',
    );
    expect(() => workerHandlers({ file: { class: 'FileHandler', level: 'LOUD' } }, 1000)).toThrow('LOUD');
  });
});

describe('an application without the option handlers', () => {
  const program = join(__dirname, 'console-app.cjs');

  function messagesIn(text: string): unknown[] {
    // The first lines are Nest's own.
    const lines = linesOf(text).filter((line) => line.startsWith('{'));
    return lines.map((line) => (JSON.parse(line) as { readonly message: unknown }).message);
  }

  it.each([
    ['process.exit()', 3],
    ['an uncaught exception', 1],
    ['close()', 0],
    ['SIGTERM', null],
  ])('has written every line after %s', async (how, code) => {
    const result = await runProgram(program, { args: ['end', how] });

    expect(result.code).toBe(code);
    expect(messagesIn(result.stdout).at(-1)).toBe('last words');
  });

  it('has written every line of a failed start', async () => {
    const { code, stdout } = await runProgram(program, { args: ['fail to start'] });

    expect(code).toBe(1);
    expect(messagesIn(stdout).slice(-2)).toEqual(['connecting', 'no database']);
  });

  it('writes the lines of one event loop turn together', async () => {
    const { stderr } = await runProgram(program, { args: ['log ten lines in one turn'] });

    expect(stderr).toBe('1');
  });
});
