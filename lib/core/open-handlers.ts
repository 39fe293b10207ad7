/** The handlers that are open, in the order of their creation, and their names. */
import { globalState } from '../internal/global-state';
import { diagnostics } from './diagnostics';
import { reportInHand } from './hand-over';
import type { Handler } from './handler';

/** Who the handler is in a report. One whose constructor threw is open until it is collected, and may not know. */
export function describeSafely(handler: Handler): string {
  try {
    return handler.describe();
  } catch {
    // The failure to be reported matters more than the name.
    return handler.constructor.name;
  }
}

/** A formatter, say, has ended the process. */
function reportCutOff(handler: Handler): void {
  const what = 'a record was not written: the process ended while it was being written';
  diagnostics.report({ source: describeSafely(handler), what });
}

/** Handlers of all copies of the package, by their ids and names. */
interface HandlerList {
  readonly refs: Map<Handler['id'], WeakRef<Handler>>;
  readonly names: Map<string, Handler>;
  /** They are flushed when the process ends. */
  isWatched: boolean;
}

function newHandlerList(): HandlerList {
  return { refs: new Map(), names: new Map(), isWatched: false };
}

/** Weak, as in Python: a handler that nobody holds any more is not kept alive by having been made. */
export class OpenHandlers {
  readonly #refs: HandlerList['refs'];
  readonly #names: HandlerList['names'];

  /** @param list - Where they are listed; whoever finds it new writes, at the end of the process, what is in it. */
  constructor(list: HandlerList = newHandlerList()) {
    this.#refs = list.refs;
    this.#names = list.names;
    if (list.isWatched) return;
    list.isWatched = true;
    process.on('exit', () => this.flushSync());
  }

  add(handler: Handler): void {
    this.#refs.set(handler.id, new WeakRef(handler));
    // A sweep at each doubling keeps the table in proportion to the live handlers.
    if (this.#refs.size % 256 === 0) this.#sweep();
  }

  delete(handler: Handler): void {
    this.#refs.delete(handler.id);
  }

  /** Open handlers, newest first: the order in which they are closed. */
  newestFirst(): Handler[] {
    return [...this.#refs.values()]
      .map((ref) => ref.deref())
      .filter((handler) => handler !== undefined)
      .toReversed();
  }

  rename(handler: Handler, from: string | undefined, to: string | undefined): void {
    // Only its own entry: another handler may have taken the name since (CPython drops that one's name).
    if (from !== undefined && this.#names.get(from) === handler) this.#names.delete(from);
    if (to !== undefined && to !== '') this.#names.set(to, handler);
  }

  byName(name: string): Handler | undefined {
    return this.#names.get(name);
  }

  names(): ReadonlySet<string> {
    return new Set(this.#names.keys());
  }

  /** What can still be written when the process is ending and nothing can be awaited. */
  flushSync(): void {
    for (const handler of this.newestFirst()) {
      if (handler.emitting) reportCutOff(handler);
      try {
        handler.flushSync();
      } catch (error) {
        diagnostics.report({ source: describeSafely(handler), what: 'the flush at exit failed', error });
      }
    }
    reportInHand();
    diagnostics.flush();
  }

  #sweep(): void {
    for (const [id, ref] of this.#refs) if (ref.deref() === undefined) this.#refs.delete(id);
  }
}

export const openHandlers = new OpenHandlers(globalState('handlers', newHandlerList));

/** Ports logging.getHandlerByName (3.12). */
export function getHandlerByName(name: string): Handler | undefined {
  return openHandlers.byName(name);
}

/** Ports logging.getHandlerNames (3.12). */
export function getHandlerNames(): ReadonlySet<string> {
  return openHandlers.names();
}
