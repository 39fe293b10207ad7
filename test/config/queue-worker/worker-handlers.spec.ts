import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { workerHandlers } from '../../../lib/config/queue-worker/worker-handlers';
import type { WorkerSetup } from '../../../lib/queues/worker/worker-messages';
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
