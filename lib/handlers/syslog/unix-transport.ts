/** Delivers to whatever socket is at a path: a datagram socket, or a stream. */
import { errorCode } from '../../internal/error-code';
import { SendFailure } from '../../outbox/send-failure';
import type { Transport } from '../../outbox/transport';

export interface UnixTransportOptions {
  /** Undefined when this machine cannot have one; `whyNoDatagram` says why. */
  readonly datagram: Transport<Buffer> | undefined;
  readonly whyNoDatagram?: unknown;
  readonly stream: Transport<Buffer>;
  /** How a payload goes on the stream. */
  readonly frame: (payload: Buffer) => Buffer;
}

/** The socket at the path is of the other kind. */
function isWrongKind(error: unknown): boolean {
  return errorCode(error) === 'EPROTOTYPE' || (error instanceof SendFailure && isWrongKind(error.cause));
}

/** Tries the kind that worked last, at first datagrams as Python does, and the other one when the path is none. */
export class UnixTransport implements Transport<Buffer> {
  readonly batchSize: number;
  readonly #options: UnixTransportOptions;
  #kind: 'dgram' | 'stream' | undefined;

  constructor(options: UnixTransportOptions) {
    const { datagram, stream } = options;
    this.#options = options;
    this.batchSize = Math.min(stream.batchSize, datagram?.batchSize ?? stream.batchSize);
  }

  /** The kind of the socket; undefined before the first delivery. */
  get kind(): 'dgram' | 'stream' | undefined {
    return this.#kind;
  }

  get connected(): boolean {
    const { datagram, stream } = this.#options;
    return datagram?.connected === true || stream.connected === true;
  }

  get pending(): number {
    return this.#options.stream.pending ?? 0;
  }

  get retried(): number {
    return this.#options.stream.retried ?? 0;
  }

  get unconfirmed(): number {
    return this.#options.stream.unconfirmed ?? 0;
  }

  get onPending(): (() => void) | undefined {
    return this.#options.stream.onPending;
  }
  set onPending(listener: (() => void) | undefined) {
    this.#options.stream.onPending = listener;
  }

  async deliver(payloads: readonly Buffer[], signal: AbortSignal): Promise<void> {
    const first = this.#kind ?? (this.#options.datagram === undefined ? 'stream' : 'dgram');
    try {
      await this.#deliverBy(first, payloads, signal);
    } catch (error) {
      if (!isWrongKind(error)) throw error;
      // Nothing was delivered: a socket of the wrong kind is not even connected to.
      await this.#deliverBy(first === 'dgram' ? 'stream' : 'dgram', payloads, signal);
    }
  }

  deliverSync(payloads: readonly Buffer[], isLast: boolean): number {
    const { datagram, stream, frame } = this.#options;
    if (this.#kind === 'stream') return stream.deliverSync?.(payloads.map(frame), isLast) ?? 0;
    return datagram?.deliverSync?.(payloads, isLast) ?? 0;
  }

  async close(): Promise<void> {
    await this.#options.datagram?.close();
    await this.#options.stream.close();
  }

  async #deliverBy(
    kind: 'dgram' | 'stream',
    payloads: readonly Buffer[],
    signal: AbortSignal,
  ): Promise<void> {
    const { datagram, stream, frame, whyNoDatagram } = this.#options;
    if (kind === 'stream') await stream.deliver(payloads.map(frame), signal);
    else if (datagram !== undefined) await datagram.deliver(payloads, signal);
    else throw new SendFailure('the path is a datagram socket', { cause: whyNoDatagram });
    this.#kind = kind;
  }
}
