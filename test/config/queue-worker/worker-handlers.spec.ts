import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { TreeHandler, workerHandlers } from '../../../lib/config/queue-worker/worker-handlers';
import { DEBUG, ERROR } from '../../../lib/core/level';
import { Manager } from '../../../lib/core/manager';
import type { WorkerSetup } from '../../../lib/queues/worker/worker-options';
import { CollectingHandler } from '../../../lib/testing';
import { some } from '../../support/some';
import { tempDir } from '../../support/temp-dir';

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
