/** The queues that a configuration may name, each with its options: one row a class. */
import {
  InMemoryQueue,
  RedisStreamQueue,
  WorkerQueue,
  type InMemoryQueueOptions,
  type LogQueue,
} from '../queues';
import { IN_MEMORY_OPTIONS } from '../queues/in-memory.queue';
import { REDIS_STREAM_OPTIONS } from '../queues/redis-stream.queue';
import { WORKER_OPTIONS } from '../queues/worker/worker-options';
import type { Settings } from './option-names';

export interface QueueRow {
  readonly options: readonly string[];
  readonly create: (settings: Settings) => LogQueue;
}

/** What a WorkerQueue would load: a configuration is data. */
const CODE: readonly string[] = ['module', 'entry'];

const IN_MEMORY: QueueRow = {
  options: [...Object.keys(IN_MEMORY_OPTIONS), 'maxsize'],
  create: ({ maxsize, maxSize = maxsize, ...options }) =>
    // As Python's queue.Queue: 0 is as many as there may be.
    new InMemoryQueue({ ...options, ...(maxSize ? { maxSize } : {}) } as InMemoryQueueOptions),
};

/** `queue.Queue` and `queue.SimpleQueue` are Python's, for threads. */
export const QUEUE_ROWS: ReadonlyMap<string, QueueRow> = new Map<string, QueueRow>([
  ['InMemoryQueue', IN_MEMORY],
  ['queue.Queue', IN_MEMORY],
  ['queue.SimpleQueue', IN_MEMORY],
  [
    'WorkerQueue',
    {
      options: Object.keys(WORKER_OPTIONS).filter((name) => !CODE.includes(name)),
      create: (settings) => new WorkerQueue(settings),
    },
  ],
  [
    'RedisStreamQueue',
    {
      options: Object.keys(REDIS_STREAM_OPTIONS),
      create: (settings) => new RedisStreamQueue(settings),
    },
  ],
]);
