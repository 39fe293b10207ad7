import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { SharedRing } from '../../../lib/queues/worker/shared-ring';
import type { FromWorker } from '../../../lib/queues/worker/worker-options';
import { WorkerThread } from '../../../lib/queues/worker/worker-thread';
import { capturedStderr } from '../../support/captured-stderr';
import { tempDir } from '../../support/temp-dir';
import { until } from '../../support/until';

/** A worker with a program of the test's own, which has `parentPort` and `workerData`. */
function started(program: string) {
  const entry = join(tempDir(), 'worker.cjs');
  writeFileSync(entry, `const { parentPort, workerData } = require('node:worker_threads');\n${program}`);
  const ring = SharedRing.ofBytes(4096);
  const said: FromWorker[] = [];
  const crashes: { readonly error: unknown; readonly ready: boolean }[] = [];
  const thread = new WorkerThread(ring, {
    owner: `worker of a test ${entry}`,
    entry,
    setup: { handlers: {}, respectHandlerLevel: false, flushBeforeAck: false },
    resourceLimits: undefined,
    onMessage: (message) => said.push(message),
    onCrash: (crash) => crashes.push(crash),
  });
  onTestFinished(() => thread.end(1000));
  return { thread, ring, said, crashes };
}

const ECHO = `parentPort.on('message', (m) => m === 'close' ? parentPort.close() : parentPort.postMessage(m));`;

describe('WorkerThread', { timeout: 20_000 }, () => {
  it('passes messages in both directions', async () => {
    const { thread, said } = started(ECHO);

    thread.post({ flush: 1 });

    await until(() => said.length === 1);
    expect(said).toEqual([{ flush: 1 }]);
  });

  it('ends when it is asked to', async () => {
    const { thread } = started(ECHO);

    await thread.end(10_000);

    expect(thread.running).toBe(false);
  });

  it('is terminated when it does not end in time', async () => {
    const { thread } = started(`parentPort.on('message', () => { for (;;); });`);

    await thread.end(200);

    expect(thread.running).toBe(false);
  });

  it('restarts a worker after a crash, with longer pauses each time', async () => {
    const stderr = capturedStderr();
    const { thread, crashes } = started(`throw new Error('no handlers');`);
    const times: number[] = [];
    for (let i = 0; i < 4; i++) {
      await until(() => crashes.length > i);
      times.push(performance.now());
    }

    expect(crashes[0]).toMatchObject({ ready: false, error: { message: 'no handlers' } });
    const [first = 0, second = 0, third = 0, fourth = 0] = times;
    // 100, 200 and 400 ms, and what a start takes.
    expect([second - first > 90, third - second > 190, fourth - third > 390]).toEqual([true, true, true]);
    expect(thread.restarts).toBe(3);
    expect(stderr.text).toContain('the worker ended and is started again: Error: no handlers');
  });

  it('blames no record for a crash before the worker is ready', async () => {
    capturedStderr();
    const { ring, crashes } = started(`throw new Error('no handlers');`);
    ring.write('a');

    await until(() => crashes.length === 4);

    expect(ring.size).toBe(1);
  });

  it('skips a record that crashed it three times', async () => {
    capturedStderr();
    // The number of the reader that is set up is the eighth cell.
    const { ring, crashes } = started(
      `new Int32Array(workerData.ring, 0, 16)[7] = workerData.generation; process.exit(1);`,
    );
    ring.write('poison');
    ring.write('b');

    await until(() => crashes.length === 3);

    expect(ring.frameAt(ring.head)?.text).toBe('b');
  });
});
