/** How a delivery failed: what is to be done with the payloads. */
import { checkedOptions, type OptionNames } from '../options';

export interface SendFailureOptions {
  /** Payloads at the head of the batch that were delivered. @defaultValue 0 */
  readonly delivered?: number;
  /** The first payload after them is refused for good: it is dropped, and the others go on at once. @defaultValue false */
  readonly drop?: boolean;
  /** How many payloads `drop` means, where the peer refuses several as one. @defaultValue 1 */
  readonly dropCount?: number;
  /** The peer's own wish how long to wait, in ms. @defaultValue the back-off of the outbox */
  readonly retryAfterMs?: number | undefined;
  /** The error underneath. */
  readonly cause?: unknown;
}

const OPTIONS = {
  delivered: true,
  drop: true,
  dropCount: true,
  retryAfterMs: true,
  cause: true,
} as const satisfies OptionNames<SendFailureOptions>;

/** Thrown by a transport's `deliver`. */
export class SendFailure extends Error {
  override readonly name = 'SendFailure';
  readonly delivered: number;
  readonly drop: boolean;
  readonly dropCount: number;
  readonly retryAfterMs: number | undefined;

  constructor(message: string, options: SendFailureOptions = {}) {
    options = checkedOptions('SendFailure', options, new.target === SendFailure && OPTIONS);
    super(message, 'cause' in options ? { cause: options.cause } : undefined);
    this.delivered = options.delivered ?? 0;
    this.drop = options.drop ?? false;
    this.dropCount = options.dropCount ?? 1;
    this.retryAfterMs = options.retryAfterMs;
  }
}
