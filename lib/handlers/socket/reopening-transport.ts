/** A stream transport that can be told to begin its next delivery on a new connection. */
import { StreamTransport } from '../../internal/outbox/stream-transport';

export class ReopeningTransport extends StreamTransport {
  #reopens = false;

  /** The connection is ended before the next delivery, and a new one made; never during a delivery. */
  reopen(): void {
    this.#reopens = true;
  }

  override async deliver(payloads: readonly Buffer[], signal: AbortSignal): Promise<void> {
    if (this.#reopens) {
      this.#reopens = false;
      await this.close();
    }
    await super.deliver(payloads, signal);
  }
}
