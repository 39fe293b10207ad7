/** Serializes records for SocketHandler and DatagramHandler. */
import type { LogRecord } from '../../core/log-record';
import { RECORD_FIELDS } from '../../core/record-fields';
import { ConfigurationError } from '../../errors';
import { JsonWriter } from '../../formatters/json/json-writer';
import { frameOf, signFrame } from './frame';
import { eachExtraAttribute, RecordPickler } from './record-pickler';
import type { Settings } from '../../internal/options';
import type { HMAC_KEY, SERIALIZER } from '../socket-options';

const LIMITS = { maxStringLength: Number.MAX_SAFE_INTEGER, maxDepth: 20, maxEntries: 1000 };
/** Sent as null: the message includes the arguments, and `exc_text` replaces `exc_info`. */
const NONE: ReadonlySet<string> = new Set(['args', 'exc_info']);
const NOT_SENT: ReadonlySet<string> = new Set(['msg', 'message', 'seq']);
/** Sent only if the record has them. */
const OPTIONAL: ReadonlySet<string> = new Set(['taskName', 'asctime']);

/** Creates frames with JSON instead of a pickle, for receivers that do not unpickle. */
export class RecordJson {
  readonly #writer = new JsonWriter(LIMITS, undefined);

  /** @param message - `record.getMessage()`, which may throw: the caller handles the error */
  frame(record: LogRecord, message: string): Buffer {
    const attributes = new Map<string, unknown>([['msg', message]]);
    for (const [name, attribute] of RECORD_FIELDS) {
      if (NOT_SENT.has(name)) continue;
      const value: unknown = NONE.has(name) ? null : record[attribute];
      if (value !== undefined || !OPTIONAL.has(name)) attributes.set(name, value ?? null);
    }
    eachExtraAttribute(record, (name, value) => void attributes.set(name, value));
    this.#writer.begin();
    return frameOf(Buffer.from(this.#writer.write(attributes)));
  }
}

function framesOf(serializer: 'pickle' | 'json'): (record: LogRecord) => Buffer {
  const frames = serializer === 'pickle' ? new RecordPickler() : new RecordJson();
  return (record) => frames.frame(record, record.getMessage());
}

function asBuffer(owner: string, bytes: unknown): Buffer {
  if (bytes instanceof Uint8Array) return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  throw new ConfigurationError(`${owner}: "serializer" must return a Uint8Array, got ${typeof bytes}.`);
}

/** @throws ConfigurationError with the owner and the option. */
export function serializerOf(
  owner: string,
  { serializer, hmacKey }: Settings<{ serializer: typeof SERIALIZER; hmacKey: typeof HMAC_KEY }>,
): (record: LogRecord) => Buffer {
  if (typeof serializer === 'function') {
    if (hmacKey === undefined) return (record) => asBuffer(owner, serializer(record));
    throw new ConfigurationError(
      `${owner}: "hmacKey" signs pickles and JSON; a "serializer" function signs its bytes itself.`,
    );
  }
  const frame = framesOf(serializer);
  if (hmacKey === undefined) return frame;
  return (record) => signFrame(frame(record), hmacKey);
}
