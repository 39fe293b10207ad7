/** A record as the frame that Python's receivers read: four bytes of length, then its attributes as a pickle. */
import type { LogRecord } from '../../core/log-record';
import { eachExtraAttribute } from './extra-attributes';
import { FRAME_HEADER_BYTES, writeFrameLength } from './frame';
import { PickleEncoder } from './pickle-encoder';
import { OP, PickleWriter } from './pickle-writer';
import { PickledOrigin } from './pickled-origin';
import { PickledProcess } from './pickled-process';

/** The three times, as floats of zero: CPython has floats whatever their value. */
function times(): { readonly bytes: Uint8Array; readonly places: readonly [number, number, number] } {
  const writer = new PickleWriter();
  const place = (name: string): number => {
    writer.text(name);
    writer.float(0);
    return writer.length;
  };
  return {
    places: [place('created'), place('msecs'), place('relativeCreated')],
    bytes: writer.take(),
  };
}

const TIMES = times();

/** Keeps one buffer for all records; each result is a copy. */
export class RecordPickler {
  readonly #writer = new PickleWriter();
  readonly #encoder = new PickleEncoder(this.#writer);
  readonly #origin = new PickledOrigin();
  readonly #process = new PickledProcess();
  readonly #visit = (name: string, value: unknown): void => this.#encoder.entry(name, value);

  /** @param message - `record.getMessage()`; it throws, so it is the caller's to make. */
  frame(record: LogRecord, message: string): Buffer {
    const writer = this.#writer;
    writer.reset(FRAME_HEADER_BYTES);
    this.#encoder.begin();
    writer.opcode(OP.emptyDict);
    writer.opcode(OP.mark);
    this.#encoder.entry('name', record.name);
    writer.text('msg');
    writer.text(message);
    writer.raw(this.#origin.bytes(record));
    this.#times(record);
    writer.raw(this.#process.bytes(record));
    // Left out where there is none, as CPython does with asctime.
    if (record.taskName !== undefined) this.#encoder.entry('taskName', record.taskName);
    if (record.asctime !== undefined) this.#encoder.entry('asctime', record.asctime);
    eachExtraAttribute(record, this.#visit);
    writer.opcode(OP.setItems);
    writer.opcode(OP.stop);
    const frame = writer.take();
    writeFrameLength(frame);
    return frame;
  }

  #times(record: LogRecord): void {
    const writer = this.#writer;
    const at = writer.length;
    const [created, msecs, relativeCreated] = TIMES.places;
    writer.raw(TIMES.bytes);
    writer.floatBefore(at + created, record.created);
    writer.floatBefore(at + msecs, record.msecs);
    writer.floatBefore(at + relativeCreated, record.relativeCreated);
  }
}
