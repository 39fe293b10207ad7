/** A record as a frame whose payload is JSON: the attributes of the pickle, for receivers that unpickle nothing. */
import type { LogRecord } from '../../core/log-record';
import { RECORD_FIELDS } from '../../core/record-fields';
import { JsonWriter } from '../../formatters/json/json-writer';
import { eachExtraAttribute } from './extra-attributes';
import { frameOf } from './frame';

const LIMITS = { maxStringLength: Number.MAX_SAFE_INTEGER, maxDepth: 20, maxEntries: 1000 };
/** The message is sent with its arguments in it, and `exc_text` says what `exc_info` did. */
const NONE: ReadonlySet<string> = new Set(['args', 'exc_info']);
const NOT_SENT: ReadonlySet<string> = new Set(['msg', 'message', 'seq']);
/** Sent only when the record has them. */
const OPTIONAL: ReadonlySet<string> = new Set(['taskName', 'asctime']);

export class RecordJson {
  readonly #writer = new JsonWriter(LIMITS, undefined);

  /** @param message - `record.getMessage()`; it throws, so it is the caller's to make. */
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
