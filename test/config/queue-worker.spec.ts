import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { MessageChannel } from 'node:worker_threads';
import { describe, expect, it, onTestFinished } from 'vitest';
import { flushAll, serveRing, TreeHandler, workerHandlers } from '../../lib/config/queue-worker';
import { DEBUG, ERROR } from '../../lib/core/level';
import { Manager } from '../../lib/core/manager';
import { shutdown } from '../../lib/core/shutdown';
import { encodeRecord } from '../../lib/queues';
import { SharedRing } from '../../lib/queues/worker/shared-ring';
import type { FromWorker, WorkerSetup } from '../../lib/queues/worker/worker-options';
import { CollectingHandler } from '../../lib/testing';
import { capturedStderr } from '../support/captured-stderr';
import { runChild } from '../support/child';
import { some } from '../support/some';
import { tempDir } from '../support/temp-dir';
import { until } from '../support/until';

const OPTIONS = { respectHandlerLevel: false, flushBeforeAck: false };

function setupOf(source: string): WorkerSetup {
  const directory = tempDir();
  mkdirSync(directory, { recursive: true });
  const file = join(directory, 'handlers.mjs');
  writeFileSync(file, source);
  return { ...OPTIONS, module: pathToFileURL(file).href };
}

describe('workerHandlers', () => {
  it('makes handlers of data, and names them', async () => {
    const filename = join(tempDir(), 'app.log');

    const [file, nothing] = await workerHandlers({
      ...OPTIONS,
      handlers: { file: { class: 'FileHandler', filename }, nothing: { class: 'NullHandler', name: 'none' } },
    });

    expect(String(file)).toBe(`<FileHandler ${filename} (NOTSET)>`);
    expect([file?.name, nothing?.name]).toEqual(['file', 'none']);
    await file?.close();
    await nothing?.close();
  });

  it.each([
    'export const handlers = [{ handle() {} }];',
    'export const handlers = async () => [{ handle() {} }];',
    'export default () => [{ handle() {} }];',
    'export default { handlers: [{ handle() {} }] };',
  ])('takes them from a module with %s', async (source) => {
    expect(await workerHandlers(setupOf(source))).toHaveLength(1);
  });

  it.each(['export const other = 1;', 'export const handlers = [];', 'export default () => [{}];'])(
    'refuses a module with %s',
    async (source) => {
      await expect(workerHandlers(setupOf(source))).rejects.toThrow(
        'must export "handlers": a list of handlers, or a function that returns one',
      );
    },
  );

  it('refuses data without a class', async () => {
    await expect(workerHandlers({ ...OPTIONS, handlers: { file: 'app.log' } })).rejects.toThrow(
      'WorkerQueue: "handlers.file" must be data with "class", got \'app.log\'.',
    );
  });
});

describe('TreeHandler', () => {
  it('hands a record to the logger of its name, whatever the level of the logger', () => {
    const manager = new Manager();
    const seen = new CollectingHandler();
    manager.root.setLevel(ERROR);
    manager.getLogger('shop').addHandler(seen);

    new TreeHandler(manager).handle(some.record({ name: 'shop.orders', levelno: DEBUG, message: 'a' }));
    new TreeHandler(manager).handle(some.record({ name: 'elsewhere', message: 'b' }));

    expect(seen.messages).toEqual(['a']);
  });

  it('flushes all handlers of the thread', async () => {
    const flushed: string[] = [];
    const handler = new CollectingHandler();
    handler.flush = async () => void flushed.push('flushed');
    const tree = new TreeHandler(new Manager());

    await tree.flush();

    expect(flushed).toEqual(['flushed']);
    await Promise.all([handler.close(), tree.close()]);
  });
});

function opened() {
  const ring = SharedRing.ofBytes(1024 * 1024);
  ring.admit(1);
  const { port1, port2 } = new MessageChannel();
  onTestFinished(() => port1.close());
  const said: FromWorker[] = [];
  port1.on('message', (message: FromWorker) => said.push(message));
  const file = join(tempDir(), 'app.log');
  const start = {
    kind: 'nestjs-hindsight/queue-worker',
    ring: ring.shared,
    generation: 1,
    setup: {
      handlers: { file: { class: 'FileHandler', filename: file } },
      respectHandlerLevel: false,
      flushBeforeAck: false,
    },
  } as const;
  return { ring, port1, port2, said, file, start };
}

describe('serveRing', () => {
  it('hands what is in the ring to the handlers, tells when it is flushed, and ends when it is told to', async () => {
    const { ring, port1, port2, said, file, start } = opened();
    ring.write(encodeRecord(some.record({ message: 'early' })));
    await serveRing(start, port2);
    await until(() => said.includes('ready'));
    expect(ring.isReady(1)).toBe(true);

    ring.write(encodeRecord(some.record({ message: 'late' })));
    port1.postMessage('wake');
    port1.postMessage({ flush: 7 });
    await until(() => said.length === 2);

    expect(said[1]).toEqual({ flushed: 7 });
    expect(ring.waitForFlush(7, 1)).toBe(true);
    expect(readFileSync(file, 'utf8')).toBe('early\nlate\n');
    let closed = false;
    port1.on('close', () => (closed = true));
    port1.postMessage('close');
    await until(() => closed);
    await shutdown();
  });

  it('rejects when the handlers cannot be made', async () => {
    const { port2, start } = opened();
    const setup = { ...start.setup, handlers: { file: { class: 'Nothing' } } };

    await expect(serveRing({ ...start, setup }, port2)).rejects.toThrow('"class" must be one of');
  });
});

describe('the program of the worker', () => {
  it('does nothing on the main thread', async () => {
    expect(await runChild(`lib('config/queue-worker'); console.log('loaded');`)).toMatchObject({
      code: 0,
      stdout: 'loaded\n',
    });
  });
});

describe('flushAll', () => {
  it('waits until what is in the ring was handled, and then for each handler', async () => {
    const ring = SharedRing.ofBytes(1024);
    ring.write('a');
    const order: string[] = [];
    const handler = new CollectingHandler();
    handler.flush = () => void order.push('flush');

    const flushed = flushAll(ring, [handler]).then(() => order.push('flushed'));
    await new Promise(setImmediate);
    ring.write('later');
    ring.skip();
    order.push('handled');
    await flushed;

    expect(order).toEqual(['handled', 'flush', 'flushed']);
  });

  it('reports a handler that cannot be flushed', async () => {
    const stderr = capturedStderr();
    class UnflushableHandler extends CollectingHandler {
      override flush(): Promise<void> {
        return Promise.reject(new Error('disk full'));
      }
    }

    await flushAll(SharedRing.ofBytes(1024), [new UnflushableHandler()]);

    expect(stderr.text).toContain('the flush failed: Error: disk full');
  });
});
