/** Calls back at the end of a turn of the event loop, and tells when that end is not to be waited for. */
import { setImmediate } from 'node:timers';
import { systemClock } from './clock';

/** As Node made it: a test that holds the timers still does not hold lines back. */
const afterTurn = setImmediate;
/** A turn may be a whole script: what it logs is seen after so many ms all the same. */
const PATIENCE_MS = 50;

/** One call for each turn in which it was asked for. It keeps the process alive until then. */
export class EndOfTurn {
  readonly #call: () => void;
  #isAwaited = false;
  /** When the wait began, or was last given up in this turn. */
  #since = 0;

  constructor(call: () => void) {
    this.#call = () => {
      this.#isAwaited = false;
      call();
    };
  }

  /** Asks for the call. False once in 50 ms of a turn that takes longer: what waits should not wait for its end. */
  comesSoon(): boolean {
    const now = systemClock.now();
    if (!this.#isAwaited) {
      this.#isAwaited = true;
      this.#since = now;
      afterTurn(this.#call);
      return true;
    }
    // A clock that was put back tells nothing.
    if (now >= this.#since && now - this.#since < PATIENCE_MS) return true;
    this.#since = now;
    return false;
  }
}
