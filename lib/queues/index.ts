/** Everything in this folder that the package exports. Add new queues here. */
export type { Delivery, LogQueue } from './log-queue';
export { InMemoryQueue, type InMemoryQueueOptions } from './in-memory.queue';
export { decodeRecord, encodeRecord } from './record-data';
export {
  RedisStreamQueue,
  type RedisStreamQueueOptions,
  type RedisStreamQueueStats,
} from './redis-stream.queue';
export { QueuedRecord, type RecordParts } from './log-queue';
export { WorkerQueue } from './worker.queue';
export type { WorkerQueueOptions } from './worker/worker-options';
