/** The program of a WorkerQueue's thread for tests of the sources, which a thread cannot run as they are. */
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { WorkerQueue, type WorkerQueueOptions } from '../../lib/queues';
import { compiledLib } from '../support/compiled-lib';

export async function workerEntry(): Promise<string> {
  return join(await compiledLib(), 'config/queue-worker.js');
}

/** A queue that is closed when the test has finished. */
export async function workerQueue(
  options: WorkerQueueOptions,
  // One of its own where a report is looked for: reports of one name are rationed.
  QueueClass: typeof WorkerQueue = WorkerQueue,
): Promise<WorkerQueue> {
  const queue = new QueueClass({ entry: await workerEntry(), ...options });
  onTestFinished(() => queue.close());
  return queue;
}
