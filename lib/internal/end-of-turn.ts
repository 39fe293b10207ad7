/** Calls back at the end of a turn of the event loop, and tells when that end is not to be waited for. */
import { setImmediate, setTimeout } from 'node:timers';
import { systemClock } from './clock';
import { globalState } from './global-state';

/** As Node made them: a test that holds the timers still does not hold lines back. */
const [afterTurn, wakeAfter] = [setImmediate, setTimeout];
/** A turn may be a whole script: what it logs is seen after so many ms all the same. */
const PATIENCE_MS = 50;
/** An event loop that is not kept busy by the wait is woken after so many ms. */
const WAKE_MS = 1;

/**
 * Whether the process has had nothing left to do. From then on a wait must not keep it alive: a listener of `beforeExit`
 * that logs would be called again and again.
 */
interface LastTurn {
  isNear: boolean;
}

function watchLastTurn(): LastTurn {
  const state = { isNear: false };
  process.prependOnceListener('beforeExit', () => {
    state.isNear = true;
  });
  return state;
}

/** One call for each turn in which it was asked for. */
export class EndOfTurn {
  readonly #end: () => void;
  readonly #lastTurn = globalState<LastTurn>('last-turn', watchLastTurn);
  #isAwaited = false;
  /** When the wait began, or was last given up in this turn. */
  #since = 0;

  constructor(call: () => void) {
    this.#end = () => {
      if (!this.#isAwaited) return;
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
      this.#wait();
      return true;
    }
    // A clock that was put back tells nothing.
    if (now >= this.#since && now - this.#since < PATIENCE_MS) return true;
    this.#since = now;
    return false;
  }

  #wait(): void {
    const immediate = afterTurn(this.#end);
    if (!this.#lastTurn.isNear) return;
    immediate.unref();
    wakeAfter(this.#end, WAKE_MS).unref();
  }
}
