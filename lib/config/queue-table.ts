/** The queues that a configuration may name, each with its options: one row a class. */
import {
  InMemoryQueue,
  RedisStreamQueue,
  WorkerQueue,
  type InMemoryQueueOptions,
  type LogQueue,
} from '../queues';
import type { Settings } from './option-names';

export interface QueueRow {
  readonly options: readonly string[];
  readonly create: (settings: Settings) => LogQueue;
}

const IN_MEMORY: QueueRow = {
  options: ['maxSize', 'maxsize', 'overflow'],
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
      // Not `module` and `entry`, which are code to be loaded: a configuration is data.
      options: [
        'handlers',
        'config',
        'respectHandlerLevel',
        'flushBeforeAck',
        'maxBytes',
        'overflow',
        'waitMs',
        'flushTimeout',
        'resourceLimits',
      ],
      create: (settings) => new WorkerQueue(settings),
    },
  ],
  [
    'RedisStreamQueue',
    {
      options: [
        'url',
        'client',
        'stream',
        'maxLength',
        'group',
        'consumer',
        'batchSize',
        'claimAfter',
        'maxDeliveries',
        'untilEmpty',
        'timeout',
        'maxQueued',
        'maxQueuedBytes',
        'overflow',
        'retryStart',
        'retryFactor',
        'retryMax',
        'flushTimeout',
      ],
      create: (settings) => new RedisStreamQueue(settings),
    },
  ],
]);
