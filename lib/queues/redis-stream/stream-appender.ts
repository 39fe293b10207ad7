/** Appends records to a stream, each once, however often a batch must be sent again. */
import { randomUUID } from 'node:crypto';
import type { Transport } from '../../outbox/transport';
import type { RedisConnection } from './redis-connection';
import { RECORD_FIELD } from './replies';

/** A record as it goes into the stream. */
export interface Appended {
  readonly text: string;
  /** Place among the records of this process, from 1; higher than those before. */
  readonly number: number;
}

export interface StreamAppenderOptions {
  readonly stream: string;
  /** The beginning of the key that holds the place of this process, of the same hash slot as the stream. */
  readonly placePrefix: string;
  /** Length to which the stream is cut, about; 0 never. */
  readonly maxLength: number;
  readonly batchSize: number;
}

/** After this long without a record a process is forgotten: what it then sends again may be there twice. In ms. */
const REMEMBERED_MS = 86_400_000;

/**
 * KEYS: the stream, the place of the last record of this process. ARGV: time to live, length, the highest count that this
 * process knows of, then number and text of each record. Returns the count. Atomic: a batch whose answer was lost is in the stream as a whole or not at all, and the number tells which.
 *
 * Unlike with `XADD *` the second part of an id never goes back to 0: it counts the entries of the stream, so that a reader
 * knows how many were trimmed away before the first that it gets. The count that a process knows of outlives the stream:
 * when that was deleted, the gap says how many are gone. It does not count where the stream is there: another client may
 * have added entries whose ids do not count.
 */
const APPEND = `
local ms, count = 0, tonumber(ARGV[3])
if redis.call('EXISTS', KEYS[1]) == 1 then
  local info = redis.call('XINFO', 'STREAM', KEYS[1])
  for i = 1, #info, 2 do
    if info[i] == 'last-generated-id' then
      local id = info[i + 1]
      local dash = string.find(id, '-', 1, true)
      ms, count = tonumber(string.sub(id, 1, dash - 1)), tonumber(string.sub(id, dash + 1))
    end
  end
end
local now = redis.call('TIME')
ms = math.max(ms, now[1] * 1000 + math.floor(now[2] / 1000))
local last = tonumber(redis.call('GET', KEYS[2]) or 0)
for i = 4, #ARGV, 2 do
  if tonumber(ARGV[i]) > last then
    count = count + 1
    local id = string.format('%.0f-%.0f', ms, count)
    if ARGV[2] == '0' then
      redis.call('XADD', KEYS[1], id, '${RECORD_FIELD}', ARGV[i + 1])
    else
      redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[2], id, '${RECORD_FIELD}', ARGV[i + 1])
    end
  end
end
redis.call('SET', KEYS[2], ARGV[#ARGV - 1], 'PX', ARGV[1])
return count`;

/** One command a batch: a command a record would cost the process that logs several times as much. */
export class StreamAppender implements Transport<Appended> {
  readonly batchSize: number;
  readonly #connection: RedisConnection;
  readonly #options: StreamAppenderOptions;
  readonly #placeKey: string;
  /** Entries that the stream had after the last batch. */
  #count = 0;

  constructor(connection: RedisConnection, options: StreamAppenderOptions) {
    this.batchSize = options.batchSize;
    this.#connection = connection;
    this.#options = options;
    this.#placeKey = `${options.placePrefix}:${randomUUID()}`;
  }

  async deliver(payloads: readonly Appended[]): Promise<void> {
    const { stream, maxLength } = this.#options;
    const records = payloads.flatMap(({ number, text }) => [String(number), text]);
    const args = [String(REMEMBERED_MS), String(maxLength), String(this.#count), ...records];
    this.#connection.hold(true);
    try {
      const count = await this.#connection.command(['EVAL', APPEND, '2', stream, this.#placeKey, ...args]);
      this.#count = Math.max(this.#count, Number(count));
    } finally {
      this.#connection.hold(false);
    }
  }

  close(): void {
    this.#connection.close();
  }
}
