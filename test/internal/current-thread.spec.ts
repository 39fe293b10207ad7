import { expect, it } from 'vitest';
import { runChild } from '../support/child';

it('knows the main thread and the number of each thread', async () => {
  const { stdout } = await runChild(`
    const { currentThreadId, isMainThread } = lib('internal/current-thread');
    const told = [isMainThread(), currentThreadId()];
    const { Worker } = require('node:worker_threads');
    const worker = new Worker(
      \`const { currentThreadId, isMainThread } = require(require('node:worker_threads').workerData);
       require('node:worker_threads').parentPort.postMessage([isMainThread(), currentThreadId()]);\`,
      { eval: true, workerData: require.resolve(Object.keys(require.cache).find((file) => file.endsWith('current-thread.js'))) },
    );
    worker.on('message', (message) => process.stdout.write(JSON.stringify([told, message, worker.threadId])));
  `);

  expect(JSON.parse(stdout)).toEqual([[true, 0], [false, 1], 1]);
});
