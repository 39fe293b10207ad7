/** The attributes that say which process and thread a record comes from, pickled: the same bytes time and again. */
import type { LogRecord } from '../../core/log-record';
import { PickleEncoder } from './pickle-encoder';

/** From `thread` to `process`, in Python's order. */
export class PickledProcess {
  readonly #encoder = new PickleEncoder();
  #thread: number | undefined;
  #threadName: string | undefined;
  #processName: string | undefined;
  #process: number | undefined;
  #bytes: Uint8Array = new Uint8Array();

  bytes(record: LogRecord): Uint8Array {
    const { thread, threadName, processName, process } = record;
    const isAsLast =
      this.#bytes.length > 0 &&
      thread === this.#thread &&
      threadName === this.#threadName &&
      processName === this.#processName &&
      process === this.#process;
    if (!isAsLast) {
      this.#thread = thread;
      this.#threadName = threadName;
      this.#processName = processName;
      this.#process = process;
      this.#bytes = this.#encoder.entries(Object.entries({ thread, threadName, processName, process }));
    }
    return this.#bytes;
  }
}
