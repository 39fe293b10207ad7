/** Calls back at the end of a turn of the event loop, and tells when a turn takes too long. */
import { setImmediate, setTimeout } from 'node:timers';
import { systemClock } from './clock';

/** Characters after which a text is written before the end of the turn. */
export const TURN_BYTES = 64 * 1024;
/** Pause after a failed write at the end of a turn, in ms. */
export const TURN_RETRY_MS = 1000;

/** The original functions, so that fake timers of a test do not delay lines. */
const [afterTurn, wakeAfter] = [setImmediate, setTimeout];
/** A turn may be a whole script, so lines are written after this many ms. */
const PATIENCE_MS = 50;
/** An unref'ed timer wakes the event loop after this many ms. */
const WAKE_MS = 1;

/**
 * Whether 'beforeExit' was emitted. From then on, waiting must not keep the process alive: otherwise a 'beforeExit' listener
 * that logs would be called again and again.
 */
let isLastTurn = false;
let isWatched = false;

function watchLastTurn(): void {
  if (isWatched) return;
  isWatched = true;
  process.prependOnceListener('beforeExit', () => {
    isLastTurn = true;
  });
}

/** Calls a function once for each turn in which this was requested. */
export class EndOfTurn {
  readonly #end: () => void;
  #isAwaited = false;
  /** When the wait began, or when it last took too long in this turn. */
  #since = 0;

  constructor(call: () => void) {
    watchLastTurn();
    this.#end = () => {
      if (!this.#isAwaited) return;
      this.#isAwaited = false;
      call();
    };
  }

  /** Requests the call. Returns false every 50 ms of a long turn: then the caller should not wait for its end. */
  comesSoon(): boolean {
    const now = systemClock.now();
    if (!this.#isAwaited) {
      this.#isAwaited = true;
      this.#since = now;
      this.#wait();
      return true;
    }
    // A clock that was set back is ignored.
    if (now >= this.#since && now - this.#since < PATIENCE_MS) return true;
    this.#since = now;
    return false;
  }

  #wait(): void {
    const immediate = afterTurn(this.#end);
    if (!isLastTurn) return;
    immediate.unref();
    wakeAfter(this.#end, WAKE_MS).unref();
  }
}
