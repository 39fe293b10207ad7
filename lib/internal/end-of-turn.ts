/** Calls back at the end of a turn of the event loop, and tells when that end is not to be waited for. */
import { setImmediate, setTimeout } from 'node:timers';
import { systemClock } from './clock';

/** As Node made them: a test that holds the timers still does not hold lines back. */
const [afterTurn, wakeAfter] = [setImmediate, setTimeout];
/** A turn may be a whole script: what it logs is seen after so many ms all the same. */
const PATIENCE_MS = 50;
/** An event loop with nothing else to do is woken after so many ms. */
const WAKE_MS = 1;

/**
 * One call for each turn in which it was asked for. It does not keep the process alive: a listener of `beforeExit` that
 * logs would otherwise be called again and again.
 */
export class EndOfTurn {
  readonly #call: () => void;
  /** An immediate that keeps nothing alive does not wake the event loop either. Made now, it holds no request's context. */
  readonly #wake: NodeJS.Timeout;
  readonly #end = (): void => {
    if (!this.#isAwaited) return;
    this.#isAwaited = false;
    this.#call();
  };
  #isAwaited = false;
  /** When the wait began, or was last given up in this turn. */
  #since = 0;

  constructor(call: () => void) {
    this.#call = call;
    this.#wake = wakeAfter(this.#end, WAKE_MS).unref();
  }

  /** Asks for the call. False once in 50 ms of a turn that takes longer: what waits should not wait for its end. */
  comesSoon(): boolean {
    const now = systemClock.now();
    if (!this.#isAwaited) {
      this.#isAwaited = true;
      this.#since = now;
      afterTurn(this.#end).unref();
      this.#wake.refresh();
      return true;
    }
    // A clock that was put back tells nothing.
    if (now >= this.#since && now - this.#since < PATIENCE_MS) return true;
    this.#since = now;
    return false;
  }
}
