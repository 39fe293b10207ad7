/** The program of a WorkerQueue's thread: makes the handlers and hands them what the other thread logs. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { isatty } from 'node:tty';
import { isMainThread, parentPort, workerData, type MessagePort } from 'node:worker_threads';
import { diagnostics } from '../core/diagnostics';
import type { Handler } from '../core/handler';
import { shutdown } from '../core/shutdown';
import { QueueListener } from '../handlers';
import { isPlainObject } from '../internal/foreign';
import { RingReaderQueue, SharedRing } from '../queues/worker/shared-ring';
import type { FromWorker, ToWorker, WorkerStart } from '../queues/worker/worker-options';
import { workerHandlers } from './queue-worker/worker-handlers';

/** Resolves when the handlers took what is in the ring now, and have flushed it. Never rejects. */
export async function flushAll(ring: SharedRing, handlers: readonly Handler[]): Promise<void> {
  const last = ring.written;
  // The listener works in the turns between.
  while (!ring.isReleased(last)) await nextTurn();
  await Promise.all(handlers.map(flushOne));
}

async function flushOne(handler: Handler): Promise<void> {
  try {
    await handler.flush();
  } catch (error) {
    diagnostics.report({ source: handler.describe(), what: 'the flush failed', error });
  }
}

function isWorkerStart(data: unknown): data is WorkerStart {
  return isPlainObject(data) && data['kind'] === 'nestjs-hindsight/queue-worker';
}

/** Serves the ring until the other thread says `close`. Rejects when the handlers cannot be made. */
export async function serveRing(
  { ring: shared, generation, aloneUpTo, setup }: WorkerStart,
  port: MessagePort,
): Promise<void> {
  const ring = new SharedRing(shared);
  const queue = new RingReaderQueue(ring, generation, aloneUpTo);
  const handlers: readonly Handler[] = await workerHandlers(setup);
  const { respectHandlerLevel, flushBeforeAck } = setup;
  const listener = new QueueListener(queue, handlers, { respectHandlerLevel, flushBeforeAck }).start();
  const say = (message: FromWorker): void => port.postMessage(message);
  const flush = async (id: number): Promise<void> => {
    await flushAll(ring, handlers);
    ring.setFlushed(id);
    say({ flushed: id });
  };
  const close = async (): Promise<void> => {
    await listener.stop();
    await shutdown();
    port.close();
  };
  port.on('message', (message: ToWorker) => {
    queue.wake();
    if (message === 'close') void close();
    else if (message !== 'wake') void flush(message.flush);
  });
  ring.setReady(generation);
  say('ready');
}

/** In a worker these are streams that need the other thread's event loop, which has ended when it matters most. */
function writeToDescriptorsDirectly(): void {
  for (const [fd, stream] of [
    [1, process.stdout],
    [2, process.stderr],
  ] as const) {
    Object.defineProperty(stream, 'fd', { value: fd, configurable: true });
    // For PrettyFormatter, which colours on a terminal.
    Object.defineProperty(stream, 'isTTY', { value: isatty(fd), configurable: true });
  }
}

if (!isMainThread && parentPort !== null && isWorkerStart(workerData)) {
  writeToDescriptorsDirectly();
  // A rejection ends the thread with the error, which the other thread reports.
  void serveRing(workerData, parentPort);
}
