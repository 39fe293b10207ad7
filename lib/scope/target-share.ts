/** What several handlers over one target share, such as one of a logger and one of the root. */
import type { Handler } from '../core/handler';
import type { LogRecord } from '../core/log-record';

/** Of one target: a record that comes by way of two handlers is written once. */
export class TargetShare {
  readonly #written = new WeakSet<LogRecord>();
  #handlers = 0;

  get isShared(): boolean {
    return this.#handlers > 1;
  }

  join(): this {
    this.#handlers++;
    return this;
  }

  leave(): void {
    this.#handlers--;
  }

  /** Records outside of scopes are left to the loggers: nothing holds them back, and nothing is written twice for it. */
  hasWritten(record: LogRecord): boolean {
    return this.isShared && this.#written.has(record);
  }

  noteWritten(record: LogRecord): void {
    if (this.isShared) this.#written.add(record);
  }
}

const shares = new WeakMap<Handler, TargetShare>();

/** Takes part in the target. */
export function shareTarget(target: Handler): TargetShare {
  let share = shares.get(target);
  if (share === undefined) shares.set(target, (share = new TargetShare()));
  return share.join();
}
