/** Writes the text of one turn of the event loop together, to a stream with synchronous writes. */
import { subscribe } from 'node:diagnostics_channel';
import { fstatSync } from 'node:fs';
import { DeliveryError } from '../../errors';
import { TURN_BYTES, TURN_RETRY_MS } from '../../internal/end-of-turn';
import {
  endHoldingBack,
  holdBack,
  standardDescriptor,
  writeToDescriptor,
  writeWaiting,
  type TextSink,
} from '../../internal/stdio';
import { AppendBatch, type BatchTarget } from '../files/append-batch';
import { PIPE_PIECE_BYTES } from '../files/append-file';

/** Methods with a diagnostics channel in Node 24. Node 20 has none, and no version has one for `process.stdout.write`. */
const METHODS = { 1: ['log', 'info', 'debug'], 2: ['warn', 'error'] } as const;

let keepsConsoleOrder = false;

/** From now on, writes the waiting text of stdout and stderr before each line of `console`, in the whole process. */
export function keepConsoleOrder(): void {
  if (keepsConsoleOrder) return;
  keepsConsoleOrder = true;
  for (const fd of [1, 2] as const)
    for (const method of METHODS[fd]) subscribe(`console.${method}`, () => writeWaiting(fd));
}

export interface TurnWriterOptions {
  /** Called after each write to a stream that is neither stdout nor stderr. */
  readonly afterWrite: () => void;
  /** As in AppendBatchOptions. */
  readonly onKept: (error: DeliveryError) => void;
}

/** Only a file takes any number of lines in one write without lines of other processes between them. */
function pieceBytesOf(fd: 1 | 2 | undefined): number | undefined {
  if (fd === undefined) return undefined;
  try {
    return fstatSync(fd).isFile() ? undefined : PIPE_PIECE_BYTES;
  } catch {
    // Closed: the write reports it.
    return PIPE_PIECE_BYTES;
  }
}

/** Writes to one stream. For stdout and stderr it writes to the descriptor. */
export class TurnWriter {
  readonly #stream: TextSink;
  readonly #fd: 1 | 2 | undefined;
  readonly #batch: AppendBatch;
  readonly #afterWrite: () => void;
  readonly #flush = (): void => this.flush();
  #isWriting = false;

  constructor(stream: TextSink, { afterWrite, onKept }: TurnWriterOptions) {
    this.#stream = stream;
    this.#fd = standardDescriptor(stream);
    this.#afterWrite = afterWrite;
    const target: BatchTarget = {
      kind: 'stream',
      encoding: { toBytes: (text) => text },
      pieceBytes: pieceBytesOf(this.#fd),
      append: (text) => this.#append(String(text)),
    };
    this.#batch = new AppendBatch(target, {
      bytes: TURN_BYTES,
      intervalMs: TURN_RETRY_MS,
      onlyThisTurn: true,
      onKept,
    });
    if (this.#fd !== undefined) keepConsoleOrder();
  }

  /** @throws DeliveryError if the stream cannot be written to and the limit of waiting text is reached. */
  add(text: string): void {
    if (this.#isWriting) throw new DeliveryError('logged by the stream itself during a write');
    if (this.#fd !== undefined && !this.#batch.isFailing) holdBack(this.#fd, this.#flush);
    this.#batch.add(text);
  }

  /** Writes the waiting text. Text that cannot be written is kept and tried again. */
  flush(): void {
    if (!this.#isWriting) this.#batch.flush();
  }

  /** Writes the waiting text, or drops it. @throws DeliveryError with the count of dropped records. */
  close(): void {
    if (!this.#isWriting) this.#batch.close();
  }

  #append(text: string): void {
    if (this.#fd !== undefined) {
      endHoldingBack(this.#fd, this.#flush);
      writeToDescriptor(this.#fd, text);
      return;
    }
    this.#isWriting = true;
    try {
      this.#stream.write(text);
    } finally {
      this.#isWriting = false;
    }
    this.#afterWrite();
  }
}
