/** The pause after a failed delivery: how long it is, and who may end it early. */
import { MAX_TIMER_MS, retryPause, type BackoffLimits } from './backoff';

/** A pause is not ended early sooner than this after it began, in ms: many flushes must not become many attempts. */
const HURRY_MS = 100;

/** Does not keep the process alive. */
export class RetryTimer {
  readonly #limits: BackoffLimits;
  readonly #onOver: () => void;
  #timer: NodeJS.Timeout | undefined;
  #failures = 0;
  #begunAt = 0;
  /** The pause is the peer's wish: nobody ends it early. */
  #isWished = false;

  constructor(limits: BackoffLimits, onOver: () => void) {
    this.#limits = limits;
    this.#onOver = onOver;
  }

  get isOn(): boolean {
    return this.#timer !== undefined;
  }

  /** @param wishedMs - how long the peer wishes; undefined leaves it to the back-off */
  begin(wishedMs: number | undefined): void {
    this.#failures++;
    const ms = wishedMs ?? retryPause(this.#failures, this.#limits, Math.random());
    this.#isWished = wishedMs !== undefined;
    this.#begunAt = performance.now();
    this.#timer = setTimeout(() => this.#over(), Math.min(ms, MAX_TIMER_MS)).unref();
  }

  /** Somebody waits for the delivery. */
  hurry(): void {
    if (!this.isOn || this.#isWished || performance.now() - this.#begunAt < HURRY_MS) return;
    this.#over();
  }

  /** Something was delivered: the next pause is the first again. */
  reset(): void {
    this.#failures = 0;
  }

  /** Ends the pause, and nothing follows. */
  cancel(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #over(): void {
    this.cancel();
    this.#onOver();
  }
}
