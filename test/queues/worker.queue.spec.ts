import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Worker } from 'node:worker_threads';
import { describe, expect, it, onTestFinished } from 'vitest';
import { diagnostics } from '../../lib/core/diagnostics';
import type { Handler, HandlerOptions } from '../../lib/core/handler';
import type { LogRecord } from '../../lib/core/log-record';
import { closeHandler, shutdown } from '../../lib/core/shutdown';
import { ConfigurationError, DeliveryError } from '../../lib/errors';
import { QueueHandler, QueueListener } from '../../lib/handlers';
import { statsOf } from '../../lib/handlers/handler-stats';
import { WorkerQueue, type WorkerQueueOptions } from '../../lib/queues';
import { handlerContract } from '../../lib/testing';
import { capturedStderr } from '../support/captured-stderr';
import { compiledLib } from '../support/compiled-lib';
import { linesOfFile as lines } from '../support/lines';
import { some } from '../support/some';
import { tempDir } from '../support/temp-dir';
import { until } from '../support/until';
import { workerEntry, workerQueue } from './worker-entry';

/** Keeps what it was told instead of printing it. */
class QuietQueueHandler extends QueueHandler {
  readonly failures: unknown[] = [];

  override handleError(_record: LogRecord, error: unknown): void {
    this.failures.push(error);
  }
}

/** To one file, the message alone a line. */
function toFile(file: string): Pick<WorkerQueueOptions, 'handlers'> {
  return { handlers: { file: { class: 'FileHandler', filename: file } } };
}

function logNumbers(queue: WorkerQueue, from: number, to: number): void {
  for (let i = from; i < to; i++) queue.enqueue(some.record({ message: String(i) }));
}

function numbers(count: number): string[] {
  return Array.from({ length: count }, (_, i) => String(i));
}

/** The threads that are started while the test runs. */
function startedWorkers(): Worker[] {
  const workers: Worker[] = [];
  const remember = (worker: Worker): void => void workers.push(worker);
  process.on('worker', remember);
  onTestFinished(() => void process.off('worker', remember));
  return workers;
}

/** A module for the worker; `source` has the classes of the library, and exports `handlers`. */
async function moduleOf(source: string): Promise<string> {
  const file = join(tempDir(), 'handlers.cjs');
  writeFileSync(
    file,
    `const { Handler, FileHandler } = require(${JSON.stringify(await compiledLib())} + '/logging');\n${source}`,
  );
  return file;
}

describe('WorkerQueue', { timeout: 30_000 }, () => {
  const opened = new Map<Handler, { readonly queue: WorkerQueue; readonly file: string }>();
  const subject = {
    async create(options: HandlerOptions) {
      const file = join(tempDir(), 'app.log');
      const queue = new WorkerQueue({ ...toFile(file), entry: await workerEntry() });
      const handler = new QueueHandler(queue, options);
      opened.set(handler, { queue, file });
      await queue.ready();
      return handler;
    },
    read: (handler: QueueHandler) => lines(opened.get(handler)?.file ?? ''),
    cleanUp: (handler: QueueHandler) => opened.get(handler)?.queue.close(),
    timeoutMs: 20_000,
  };
  for (const { title, run } of handlerContract('QueueHandler over a WorkerQueue', subject)) it(title, run);

  it('writes a file in another thread, in order', async () => {
    const file = join(tempDir(), 'app.log');
    const queue = await workerQueue(toFile(file));

    logNumbers(queue, 0, 5000);
    expect(queue.size).toBeGreaterThan(0);
    await queue.flush();

    expect(lines(file)).toEqual(numbers(5000));
    expect(queue.size).toBe(0);
  });

  it('keeps thread, level, fields, ids and Error of a record', async () => {
    const file = join(tempDir(), 'app.log');
    const queue = await workerQueue({
      handlers: { file: { class: 'FileHandler', filename: file, formatter: 'json' } },
    });
    const record = some.record({ message: 'failed', args: [new TypeError('boom'), { user: 'jane' }] });
    record.context = { id: 's-1', fields: { requestId: 'r-1' }, tree: {} };

    new QueueHandler(queue).handle(record);
    await queue.flush();

    expect(JSON.parse(lines(file)[0] ?? '')).toMatchObject({
      message: 'failed',
      requestId: 'r-1',
      user: 'jane',
      error: { type: 'TypeError', message: 'boom' },
    });
  });

  it.each(['module.exports.handlers =', 'module.exports =', 'exports.default ='])(
    'loads its handlers from a module with `%s`',
    async (form) => {
      const file = join(tempDir(), 'app.log');
      const path = await moduleOf(`${form} async () => [new FileHandler(${JSON.stringify(file)})];`);
      const queue = await workerQueue({ module: form.startsWith('exports') ? pathToFileURL(path) : path });

      logNumbers(queue, 0, 3);
      await queue.flush();

      expect(lines(file)).toEqual(numbers(3));
    },
  );

  it('accepts a configuration, and passes a record to the logger with its name', async () => {
    const directory = tempDir();
    const [root, shop] = [join(directory, 'root.log'), join(directory, 'shop.log')];
    const queue = await workerQueue({
      config: {
        version: 1,
        formatters: { brief: { format: '%(name)s %(message)s' } },
        handlers: {
          root: { class: 'logging.FileHandler', filename: root, formatter: 'brief' },
          shop: { class: 'FileHandler', filename: shop, buffer: {} },
        },
        loggers: { shop: { handlers: ['shop'], level: 'ERROR' } },
        root: { handlers: ['root'] },
      },
    });

    queue.enqueue(some.record({ name: 'shop.orders', message: 'a' }));
    queue.enqueue(some.record({ name: 'elsewhere', message: 'b' }));
    await queue.flush();

    expect([lines(root), lines(shop)]).toEqual([['shop.orders a', 'elsewhere b'], ['a']]);
  });

  it('delivers a record to the named handler', async () => {
    const directory = tempDir();
    const [app, audit] = [join(directory, 'app.log'), join(directory, 'audit.log')];
    const queue = await workerQueue({
      handlers: {
        app: { class: 'FileHandler', filename: app },
        audit: { class: 'FileHandler', filename: audit },
      },
    });

    new QueueHandler(queue, { to: 'audit' }).handle(some.record({ message: 'for audit' }));
    new QueueHandler(queue).handle(some.record({ message: 'for all' }));
    await queue.flush();

    expect([lines(app), lines(audit)]).toEqual([['for all'], ['for audit', 'for all']]);
  });

  it('removes secrets before a record leaves the thread', async () => {
    const file = join(tempDir(), 'app.log');
    const queue = await workerQueue({
      handlers: { file: { class: 'FileHandler', filename: file, formatter: 'json' } },
    });

    new QueueHandler(queue, { redact: ['password'], to: 'file' }).handle(
      some.record({ message: 'login %j', args: [{ password: 'hunter2' }, { password: 'hunter2' }] }),
    );
    await queue.flush();

    expect(lines(file)[0]).toContain('[Redacted]');
    expect(lines(file)[0]).not.toContain('hunter2');
  });

  it('flushes the buffers of file handlers', async () => {
    const file = join(tempDir(), 'app.log');
    const queue = await workerQueue({
      handlers: {
        file: { class: 'FileHandler', filename: file, buffer: { bytes: 1_000_000, intervalMs: 600_000 } },
      },
    });

    logNumbers(queue, 0, 10);
    await queue.flush();

    expect(lines(file)).toEqual(numbers(10));
  });

  it('continues after its worker was terminated, with the first record that was not handled', async () => {
    const stderr = capturedStderr();
    const workers = startedWorkers();
    const file = join(tempDir(), 'app.log');
    class TerminatedQueue extends WorkerQueue {}
    const queue = await workerQueue({ ...toFile(file), flushTimeout: 20 }, TerminatedQueue);
    await queue.ready();

    logNumbers(queue, 0, 10_000);
    void workers[0]?.terminate();
    logNumbers(queue, 10_000, 20_000);
    await queue.flush();

    const written = lines(file);
    expect(new Set(written).size).toBe(20_000);
    // A record that was written, and not yet released when the thread was ended, comes again.
    expect(written.length).toBeLessThanOrEqual(20_001);
    expect([...new Set(written)]).toEqual(numbers(20_000));
    expect(queue.restarts).toBe(1);
    expect(stderr.text).toContain('the worker ended and is started again');
  });

  it('drops a record that crashed the worker three times, and continues', async () => {
    const stderr = capturedStderr();
    const file = join(tempDir(), 'app.log');
    class PoisonedQueue extends WorkerQueue {}
    const path = await moduleOf(`
      class Fragile extends FileHandler {
        emit(record) { if (record.getMessage() === '5') process.exit(1); super.emit(record); }
      }
      exports.handlers = [new Fragile(${JSON.stringify(file)})];`);
    const queue = await workerQueue({ module: path, flushTimeout: 20 }, PoisonedQueue);

    logNumbers(queue, 0, 10);
    await queue.flush();

    expect(lines(file)).toEqual(numbers(10).filter((n) => n !== '5'));
    expect(queue.restarts).toBe(3);
    // Three ends of the worker, and the record.
    expect(diagnostics.count('PoisonedQueue')).toBe(4);
    expect(stderr.text).toContain('the worker ended and is started again');
  });

  describe('with records that crash the worker', () => {
    /** A file handler that does not survive the records whose text begins with one of these words. */
    async function fragile(file: string): Promise<string> {
      return moduleOf(`
        class Fragile extends FileHandler {
          emit(record) {
            const text = record.getMessage();
            if (text.startsWith('exit')) process.exit(1);
            if (text.startsWith('throw')) setImmediate(() => { throw new Error('later'); });
            if (text.startsWith('bomb')) for (const all = []; ; ) all.push(new Array(100_000).fill(text));
            super.emit(record);
          }
        }
        exports.handlers = [new Fragile(${JSON.stringify(file)})];`);
    }

    it.each([
      ['one that ends it', ['exit 1']],
      ['three that end it', ['exit 1', 'exit 2', 'exit 3']],
      ['one that takes all its memory', ['bomb']],
      ['several kinds', ['bomb', 'exit']],
    ])('drops only these: %s', async (_what, poisonous) => {
      capturedStderr();
      const file = join(tempDir(), 'app.log');
      const queue = await workerQueue({
        module: await fragile(file),
        flushTimeout: 25,
        resourceLimits: { maxOldGenerationSizeMb: 32 },
      });
      const handler = new QueueHandler(queue);
      onTestFinished(() => handler.close());

      for (let i = 0; i < 300; i++) {
        logNumbers(queue, i, i + 1);
        const bad = i % 50 === 25 ? poisonous[(i - 25) / 50] : undefined;
        if (bad !== undefined) queue.enqueue(some.record({ message: bad }));
      }
      await queue.flush();

      expect([...new Set(lines(file))]).toEqual(numbers(300));
      expect(queue.dropped).toBe(poisonous.length);
      expect(queue.restarts).toBeLessThanOrEqual(3 * poisonous.length);
      expect(statsOf(handler)).toMatchObject({ queued: 0, dropped: poisonous.length });
    });

    it('drops no record because of an earlier one', async () => {
      capturedStderr();
      const file = join(tempDir(), 'app.log');
      const queue = await workerQueue({ module: await fragile(file), flushTimeout: 20 });

      logNumbers(queue, 0, 50);
      queue.enqueue(some.record({ message: 'throw' }));
      logNumbers(queue, 50, 100);
      await queue.flush();

      expect([...new Set(lines(file))].filter((line) => line !== 'throw')).toEqual(numbers(100));
      expect(queue.dropped).toBe(0);
    });

    it('drops no record of a burst of large ones that only fit one by one', async () => {
      capturedStderr();
      const file = join(tempDir(), 'app.log');
      const queue = await workerQueue({
        ...toFile(file),
        maxBytes: 256 * 1024 * 1024,
        flushTimeout: 25,
        resourceLimits: { maxOldGenerationSizeMb: 24 },
      });
      await queue.ready();

      for (let i = 0; i < 40; i++) queue.enqueue(some.record({ message: `${i} ${'é'.repeat(1_000_000)}` }));
      await queue.flush();

      expect(lines(file).map((line) => line.slice(0, line.indexOf(' ')))).toEqual(numbers(40));
      expect([queue.dropped, queue.restarts]).toEqual([0, 0]);
    });

    it('drops such a record also at the end of the process', async () => {
      capturedStderr();
      const file = join(tempDir(), 'app.log');
      const queue = await workerQueue({ module: await fragile(file), flushTimeout: 25 });
      await queue.ready();

      logNumbers(queue, 0, 50);
      queue.enqueue(some.record({ message: 'exit' }));
      logNumbers(queue, 50, 100);
      queue.flushSync();

      expect([...new Set(lines(file))]).toEqual(numbers(100));
      expect(queue.dropped).toBe(1);
    });
  });

  describe('with a worker that does not respond', () => {
    /** A file handler that takes so many ms for a record that says so. */
    async function slow(file: string, ms: number): Promise<string> {
      return moduleOf(`
        class Slow extends FileHandler {
          emit(record) {
            super.emit(record);
            if (record.getMessage() !== 'slow') return;
            Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ${ms});
          }
        }
        exports.handlers = [new Slow(${JSON.stringify(file)})];`);
    }
    async function slowQueue(ms: number, flushTimeout: number): Promise<WorkerQueue> {
      class SlowQueue extends WorkerQueue {}
      const module = await slow(join(tempDir(), 'app.log'), ms);
      const queue = await workerQueue({ module, flushTimeout }, SlowQueue);
      await queue.ready();
      return queue;
    }
    async function msOf(work: () => Promise<void>): Promise<number> {
      const begun = performance.now();
      await work();
      return performance.now() - begun;
    }

    it.each([
      ['for ever', 100_000],
      ['at each record', 700],
    ])('is flushed and closed within flushTimeout, and counts lost records: %s', async (_how, ms) => {
      const stderr = capturedStderr();
      const queue = await slowQueue(ms, 1);
      const handler = new QueueHandler(queue);
      for (let i = 0; i < 20; i++) handler.handle(some.record({ message: 'slow' }));

      // As the end of a Nest application does it.
      const took = await msOf(async () => {
        await closeHandler(handler);
        await queue.flush();
        await queue.close();
        queue.flushSync();
      });

      expect(took).toBeGreaterThan(900);
      expect(took).toBeLessThan(2000);
      expect(queue.dropped).toBeGreaterThan(15);
      expect(queue.dropped).toBe(queue.size);
      diagnostics.flush();
      expect(stderr.text).toContain(`${queue.size} records were lost at close`);
    });

    it('is closed by shutdown() together with others, within the same time', async () => {
      capturedStderr();
      const queues = [];
      for (let i = 0; i < 3; i++) {
        const queue = await slowQueue(100_000, 1);
        queue.enqueue(some.record({ message: 'slow' }));
        queues.push(queue);
      }

      expect(await msOf(shutdown)).toBeLessThan(2800);
      expect(queues.map(({ dropped }) => dropped)).toEqual([1, 1, 1]);
    });

    it('delays the end of the process once', async () => {
      capturedStderr();
      const queues = [await slowQueue(100_000, 1), await slowQueue(100_000, 1)];
      for (const queue of queues) queue.enqueue(some.record({ message: 'slow' }));

      const took = await msOf(async () => {
        for (const queue of [...queues, ...queues]) queue.flushSync();
      });

      expect(took).toBeLessThan(2000);
    });

    it('waits again after the worker has replied', async () => {
      capturedStderr();
      const queue = await slowQueue(1500, 1);
      queue.enqueue(some.record({ message: 'slow' }));

      await queue.flush();
      expect(queue.size).toBe(1);
      await until(() => queue.size === 0);

      // The worker answers the flush a moment after it has handled the record.
      await until(async () => {
        queue.enqueue(some.record({ message: 'quick' }));
        await queue.flush();
        return queue.size === 0;
      });
    });
  });

  it('is ready when the worker has its handlers, and rejects if it fails to create them', async () => {
    capturedStderr();
    const good = await workerQueue(toFile(join(tempDir(), 'app.log')));
    await good.ready();

    const bad = await workerQueue({ handlers: { file: { class: 'NoSuchHandler' } }, flushTimeout: 0.2 });
    await expect(bad.ready()).rejects.toMatchObject({
      code: 'ERR_LOG_OPTION',
      message: expect.stringContaining('the worker could not be set up:'),
    });
    const none = await workerQueue({ module: await moduleOf('exports.handlers = 7;'), flushTimeout: 0.2 });
    await expect(none.ready()).rejects.toThrow('must export "handlers"');
  });

  it('refuses the newest record when the ring is full, and counts it', async () => {
    const path = await moduleOf('exports.handlers = () => new Promise(() => setInterval(() => {}, 1000));');
    capturedStderr();
    const queue = await workerQueue({ module: path, maxBytes: 65_536, flushTimeout: 0.2 });
    const handler = new QuietQueueHandler(queue);

    for (let i = 0; i < 1000; i++) handler.handle(some.record({ message: 'x'.repeat(100) }));

    expect(queue.dropped).toBeGreaterThan(500);
    expect(queue.size + queue.dropped).toBe(1000);
    expect(handler.failures).toHaveLength(queue.dropped);
    expect(handler.failures[0]).toEqual(
      new DeliveryError(`the queue is full: ${queue.size} records wait for the worker`),
    );
  });

  it('waits for space if configured, and loses nothing', async () => {
    const file = join(tempDir(), 'app.log');
    const queue = await workerQueue({ ...toFile(file), maxBytes: 65_536, overflow: 'wait', waitMs: 20_000 });
    await queue.ready();

    logNumbers(queue, 0, 5000);
    await queue.flush();

    expect(queue.dropped).toBe(0);
    expect(lines(file)).toEqual(numbers(5000));
  });

  it('refuses a record that is too large at once, even if configured to wait', async () => {
    const queue = await workerQueue({
      ...toFile(join(tempDir(), 'app.log')),
      maxBytes: 65_536,
      overflow: 'wait',
      waitMs: 20_000,
    });
    const before = performance.now();

    expect(() => queue.enqueue(some.record({ message: 'x'.repeat(70_000) }))).toThrow(DeliveryError);
    expect(performance.now() - before).toBeLessThan(5000);
  });

  it('is emptied without the event loop', async () => {
    const file = join(tempDir(), 'app.log');
    const queue = await workerQueue({ ...toFile(file), flushTimeout: 20 });
    logNumbers(queue, 0, 2000);

    queue.flushSync();

    expect(lines(file)).toEqual(numbers(2000));
    queue.flushSync();
  });

  it('starts another worker if the one it waits for is dead', async () => {
    const workers = startedWorkers();
    const file = join(tempDir(), 'app.log');
    const queue = await workerQueue({ ...toFile(file), flushTimeout: 20 });
    await queue.ready();

    void workers[0]?.terminate();
    logNumbers(queue, 0, 100);
    queue.flushSync();

    expect([...new Set(lines(file))]).toEqual(numbers(100));
  });

  it('reports how many are left when the worker does not reply in time', async () => {
    const stderr = capturedStderr();
    class LateQueue extends WorkerQueue {}
    const path = await moduleOf('exports.handlers = () => new Promise(() => setInterval(() => {}, 1000));');
    const queue = await workerQueue({ module: path, flushTimeout: 0.2 }, LateQueue);
    logNumbers(queue, 0, 3);

    await queue.flush();
    queue.flushSync();

    expect(diagnostics.count('LateQueue')).toBe(2);
    expect(stderr.text).toContain('3 records still wait for the worker after 0.2 s');
  });

  it('closes the handlers in the worker, ends it, and accepts no more records', async () => {
    const file = join(tempDir(), 'app.log');
    const workers = startedWorkers();
    const queue = await workerQueue({
      module: await moduleOf(`
        const { appendFileSync } = require('node:fs');
        class Closing extends FileHandler {
          close() { appendFileSync(${JSON.stringify(file)}, 'closed\\n'); return super.close(); }
        }
        exports.handlers = [new Closing(${JSON.stringify(file)})];`),
    });
    logNumbers(queue, 0, 3);

    await Promise.all([queue.close(), queue.close()]);
    queue.flushSync();

    expect(lines(file)).toEqual([...numbers(3), 'closed']);
    expect(workers).toHaveLength(1);
    expect(workers[0]?.threadId).toBe(-1);
    expect(() => queue.enqueue(some.record())).toThrow(new DeliveryError('the queue is closed'));
  });

  it('is closed by shutdown(), after its handler was', async () => {
    const file = join(tempDir(), 'app.log');
    const queue = await workerQueue(toFile(file));
    const handler = new QueueHandler(queue);
    handler.handle(some.record({ message: 'last words' }));

    await shutdown();

    expect(lines(file)).toEqual(['last words']);
    expect(() => queue.enqueue(some.record())).toThrow('the queue is closed');
  });

  it('does not deliver its records to a listener of this thread', async () => {
    const stderr = capturedStderr();
    const queue = await workerQueue(toFile(join(tempDir(), 'app.log')));
    class LocalListener extends QueueListener {}
    const listener = new LocalListener(queue, []).start();

    await until(() => !listener.running);
    expect(stderr.text).toContain('its listener runs in the worker thread');
  });

  it('refuses an invalid option', () => {
    expect(() => new WorkerQueue({})).toThrow(
      new ConfigurationError('WorkerQueue: takes exactly one of "handlers", "module" and "config", got 0.'),
    );
  });
});
