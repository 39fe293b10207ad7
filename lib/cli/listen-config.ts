/** The configuration of `listen`: that of dictConfig, and the queue that the records come from. */
import { readFileSync } from 'node:fs';
import { ConfigPlace } from '../config/place';
import { readOptions, withoutNulls, type DictConfig } from '../config/schema';
import { isError, isPlainObject } from '../internal/foreign';
import type { RedisStreamQueueOptions } from '../queues';
import { UsageError } from './arguments';

export interface ListenConfig {
  readonly logging: DictConfig;
  readonly queue: RedisStreamQueueOptions;
}

/** The options for a process that reads records. The others are for a process that logs. */
const QUEUE_KEYS: readonly (keyof RedisStreamQueueOptions)[] = [
  'url',
  'nodes',
  'client',
  'stream',
  'maxLength',
  'group',
  'consumer',
  'batchSize',
  'claimAfter',
  'maxDeliveries',
  'timeout',
  'flushTimeout',
];

function messageOf(error: unknown): string {
  return isError(error) ? error.message : String(error);
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new UsageError(`the configuration cannot be read: ${messageOf(error)}`);
  }
}

function parse(path: string): unknown {
  // Editors on Windows may add a byte order mark.
  const text = readText(path).replace(/^\uFEFF/, '');
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new UsageError(`${path} is not JSON: ${messageOf(error)}`);
  }
}

/**
 * Reads the file. Checks only `queue`; dictConfig checks the rest.
 *
 * @throws UsageError if the file is not a JSON object, or if `queue` is not an object with known options.
 */
export function readListenConfig(path: string, environment: Readonly<NodeJS.ProcessEnv>): ListenConfig {
  const data = parse(path);
  if (!isPlainObject(data)) throw new UsageError(`${path} must hold an object.`);
  const { queue, ...logging } = data;
  if (!isPlainObject(queue)) {
    throw new UsageError(`${path} needs "queue", such as { "url": "redis://host:6379", "stream": "logs" }.`);
  }
  const url = environment['REDIS_URL'];
  try {
    const options = withoutNulls(
      readOptions(queue, QUEUE_KEYS, { place: new ConfigPlace('listen', 'queue') }),
    );
    return {
      logging: logging as DictConfig,
      queue: { ...(url === undefined || url === '' ? {} : { url }), ...options },
    };
  } catch (error) {
    throw new UsageError(messageOf(error));
  }
}
