/** Writes to a Node stream, which takes text now and fails later. */
import { DeliveryError } from '../../errors';
import type { TextSink } from '../../internal/stdio';
import { isErrorEmitter, type ErrorEmitter } from '../../internal/stream-errors';

/** The part of a Node Writable that is needed here. */
export interface NodeWritable extends TextSink, ErrorEmitter {
  write(text: string, done?: (error?: Error | null) => void): unknown;
  readonly writableLength: number;
  readonly writable: boolean;
}

export function isNodeWritable(stream: TextSink): stream is NodeWritable {
  return 'writableLength' in stream && typeof stream.writableLength === 'number' && isErrorEmitter(stream);
}

/** Knows which of its own writes the stream has not answered yet. */
export class NodeStreamWriter {
  readonly stream: NodeWritable;
  readonly #maxPendingBytes: number;
  #unanswered = 0;
  #waiters: (() => void)[] = [];

  constructor(stream: NodeWritable, maxPendingBytes: number) {
    this.stream = stream;
    this.#maxPendingBytes = maxPendingBytes;
  }

  /** `failed` is called when the stream did not take the text. @throws DeliveryError when it cannot take any. */
  write(text: string, failed: (error: Error) => void): void {
    const stream = this.stream;
    if (!stream.writable) throw new DeliveryError('the stream has ended');
    if (stream.writableLength >= this.#maxPendingBytes) {
      throw new DeliveryError(
        `the stream does not take what is written: ${stream.writableLength} bytes wait`,
      );
    }
    const answered = this.#expectAnswer();
    try {
      stream.write(text, (error) => {
        if (error) failed(error);
        // The 'error' event comes after the callback: the next turn of the loop has seen both.
        if (error) setImmediate(answered);
        else answered();
      });
    } catch (error) {
      answered();
      throw error;
    }
  }

  /** Returns, or resolves, when every write was answered and its 'error' event, if any, is over. */
  drained(): void | Promise<void> {
    if (this.#unanswered === 0) return;
    return new Promise((resolve) => this.#waiters.push(resolve));
  }

  /** Counts a write; returns what counts its answer, of which only the first matters. */
  #expectAnswer(): () => void {
    this.#unanswered++;
    let open = true;
    return () => {
      if (!open) return;
      open = false;
      if (--this.#unanswered === 0) this.#wake();
    };
  }

  #wake(): void {
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const resolve of waiters) resolve();
  }
}
