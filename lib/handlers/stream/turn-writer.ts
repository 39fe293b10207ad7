/** Writes what is logged in one turn of the event loop together, to a stream that is written to synchronously. */
import { subscribe } from 'node:diagnostics_channel';
import { fstatSync } from 'node:fs';
import { DeliveryError } from '../../errors';
import { AppendBatch, type BatchTarget } from '../files/append-batch';
import { PIPE_PIECE_BYTES } from '../files/append-file';
import { globalState } from '../../internal/global-state';
import {
  endHoldingBack,
  holdBack,
  standardDescriptor,
  writeToDescriptor,
  writeWaiting,
  type TextSink,
} from '../../internal/stdio';

/** Node 24 tells of a line before it writes it, Node 20 does not; and none tells of `process.stdout.write`. */
const METHODS = { 1: ['log', 'info', 'debug'], 2: ['warn', 'error'] } as const;

/** Writes what waits for stdout and stderr before each line of `console`: from now on, in the whole process. */
export function keepConsoleOrder(): void {
  globalState('console-order', () => {
    for (const fd of [1, 2] as const)
      for (const method of METHODS[fd]) subscribe(`console.${method}`, () => writeWaiting(fd));
    return {};
  });
}

/** Text that is written before the end of the turn. */
export const TURN_BYTES = 64 * 1024;
/** After a failure, before the next try. */
export const TURN_RETRY_MS = 1000;

export interface TurnWriterOptions {
  /** Called after each write to a stream that is neither stdout nor stderr. */
  readonly afterWrite: () => void;
  /** As of an AppendBatch. */
  readonly onKept: (error: DeliveryError) => void;
}

/** Only a file takes any number of lines at once, without a line of another process among them. */
function pieceBytesOf(fd: 1 | 2 | undefined): number | undefined {
  if (fd === undefined) return undefined;
  try {
    return fstatSync(fd).isFile() ? undefined : PIPE_PIECE_BYTES;
  } catch {
    // Closed: the write tells.
    return PIPE_PIECE_BYTES;
  }
}

/** Of one stream. Stdout and stderr are written to past their `write`. */
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

  /** @throws DeliveryError when the stream cannot be written to and as much waits as may. */
  add(text: string): void {
    if (this.#isWriting) throw new DeliveryError('logged by the stream itself while it was written to');
    if (this.#fd !== undefined && !this.#batch.isFailing) holdBack(this.#fd, this.#flush);
    this.#batch.add(text);
  }

  /** Writes what waits. What the stream does not take is kept and tried again. */
  flush(): void {
    if (!this.#isWriting) this.#batch.flush();
  }

  /** Writes what waits, or gives it up. @throws DeliveryError with the count of records given up. */
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
