/** How far a listening process is: one line that a terminal shows again and again, or two lines of a log. */
import type { RedisStreamQueueStats } from '../queues';

/** What is shown of the counts. */
export type Counts = Pick<RedisStreamQueueStats, 'acknowledged' | 'repeated' | 'setAside' | 'trimmed'>;

/** Where it is shown. */
export interface ProgressOutput {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

/** Pause between two lines of a terminal, in ms. */
const INTERVAL_MS = 250;
const CLEAR_LINE = '\r\u001B[K';

function counted(count: number, what: string): string {
  return `${count.toLocaleString('en-US')} ${what}`;
}

/** `12,345 handled, 1,200/s, 3 again`; what is 0 and need not be is left out. */
export function progressText(counts: Counts, perSecond?: number): string {
  const { acknowledged, repeated, setAside, trimmed } = counts;
  return [
    counted(acknowledged, acknowledged === 1 ? 'record handled' : 'records handled'),
    ...(perSecond === undefined ? [] : [`${Math.round(perSecond).toLocaleString('en-US')}/s`]),
    ...(repeated > 0 ? [counted(repeated, 'handed out again')] : []),
    ...(setAside > 0 ? [counted(setAside, 'set aside')] : []),
    ...(trimmed > 0 ? [counted(trimmed, 'lost to maxLength')] : []),
  ].join(', ');
}

/** Begins at construction; `end` takes the line off a terminal and writes the sum. */
export class Progress {
  readonly #output: ProgressOutput;
  readonly #counts: () => Counts;
  readonly #timer: NodeJS.Timeout | undefined;
  #last = 0;
  #at = performance.now();

  constructor(output: ProgressOutput, title: string, counts: () => Counts) {
    this.#output = output;
    this.#counts = counts;
    output.write(`${title}\n`);
    if (output.isTTY === true) this.#timer = setInterval(() => this.#show(), INTERVAL_MS).unref();
  }

  end(): void {
    clearInterval(this.#timer);
    if (this.#timer !== undefined) this.#output.write(CLEAR_LINE);
    this.#output.write(`${progressText(this.#counts())}\n`);
  }

  #show(): void {
    const counts = this.#counts();
    const now = performance.now();
    const perSecond = ((counts.acknowledged - this.#last) * 1000) / (now - this.#at);
    this.#last = counts.acknowledged;
    this.#at = now;
    this.#output.write(CLEAR_LINE + progressText(counts, perSecond));
  }
}
