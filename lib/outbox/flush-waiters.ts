/** Who waits for the delivery of what was queued when they asked, and for how long. */
import { MAX_TIMER_MS } from './backoff';

interface Waiter {
  readonly mark: number;
  readonly settle: (inTime: boolean) => void;
}

export class FlushWaiters {
  readonly #waiters = new Set<Waiter>();

  /**
   * Resolves with true when everything before `mark` is settled, with false after `timeoutMs`. The timer keeps the
   * process alive: somebody waits.
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

  /** @param oldest - place of the oldest record that is neither delivered nor dropped */
  progressed(oldest: number): void {
    for (const waiter of this.#waiters) if (waiter.mark <= oldest) waiter.settle(true);
  }
}
