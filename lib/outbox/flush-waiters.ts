/** The callers that wait until everything that they queued is delivered or dropped. */
import { MAX_TIMER_MS } from './outbox-options';

interface Waiter {
  readonly mark: number;
  readonly settle: (inTime: boolean) => void;
}

export class FlushWaiters {
  readonly #waiters = new Set<Waiter>();

  /**
   * Resolves with true when everything before `mark` is delivered or dropped, with false after `timeoutMs`. The timer
   * keeps the process alive.
   */
  async wait(mark: number, timeoutMs: number): Promise<boolean> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => waiter.settle(false), Math.min(timeoutMs, MAX_TIMER_MS));
      const waiter: Waiter = {
        mark,
        settle: (inTime) => {
          clearTimeout(timer);
          this.#waiters.delete(waiter);
          resolve(inTime);
        },
      };
      this.#waiters.add(waiter);
    });
  }

  /** @param oldest - position of the oldest record that is neither delivered nor dropped */
  progressed(oldest: number): void {
    for (const waiter of this.#waiters) if (waiter.mark <= oldest) waiter.settle(true);
  }
}
