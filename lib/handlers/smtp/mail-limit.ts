/** How many mails may be sent in an hour. */
import type { Clock } from '../../internal/clock';

const HOUR_MS = 3_600_000;

/** Any 60 minutes hold at most `perHour` mails; `Infinity` is no limit. */
export class MailLimit {
  readonly #perHour: number;
  readonly #clock: Clock;
  /** When the mails of the last hour were sent, oldest first. */
  #times: number[] = [];

  /** @param clock - best one that nobody sets */
  constructor(perHour: number, clock: Clock) {
    this.#perHour = perHour;
    this.#clock = clock;
  }

  /** Milliseconds until another mail may be sent; 0 when it may now. */
  get waitMs(): number {
    const now = this.#clock.now();
    this.#times = this.#times.filter((time) => time > now - HOUR_MS);
    const [oldest = now] = this.#times.slice(-this.#perHour);
    return this.#times.length < this.#perHour ? 0 : oldest + HOUR_MS - now;
  }

  /** Counts a mail that is sent now, whether it may be or not. */
  count(): void {
    if (this.#perHour !== Infinity) this.#times.push(this.#clock.now());
  }
}
