/** Appends records to a stream. Each is added once, even if a batch is sent again. */
import { randomUUID } from 'node:crypto';
import type { Transport } from '../../outbox/transport';
import type { RedisConnection } from './redis-connection';
import { RECORD_FIELD } from './replies';

/** A record as it goes into the stream. */
export interface Appended {
  readonly text: string;
  /** Number among the records of this process, from 1, ascending. */
  readonly number: number;
}

export interface StreamAppenderOptions {
  readonly stream: string;
  /** Prefix of the key with the last number of this process, in the same hash slot as the stream. */
  readonly placePrefix: string;
  /** Approximate length to which the stream is trimmed. 0 means never. */
  readonly maxLength: number;
  readonly batchSize: number;
}

/** Redis forgets the last number of a process after this many ms without a record. Then a batch may be added twice. */
const REMEMBERED_MS = 86_400_000;

/**
 * KEYS: the stream, the key with the last number of this process. ARGV: time to live, maximum length, the highest count
 * that this process knows, then number and text of each record. Returns the count. The script is atomic: if the reply is
 * lost, the stream has the whole batch or nothing of it, and the last number tells which.
 *
 * The second part of an id does not restart at 0 as with `XADD *`. It counts the entries of the stream, so a reader knows
 * how many were trimmed before its first entry. If the stream was deleted, the count that the process knows is used, and
 * the gap shows how many entries are lost. If the stream exists, its own last id is used, since another client may have
 * added entries.
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

/** Sends one command for each batch. One command for each record would cost several times as much. */
export class StreamAppender implements Transport<Appended> {
  readonly batchSize: number;
  readonly #connection: RedisConnection;
  readonly #options: StreamAppenderOptions;
  readonly #placeKey: string;
  /** Count of the stream after the last batch. */
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
