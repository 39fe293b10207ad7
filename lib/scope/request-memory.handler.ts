/** The held records of the current request, as a handler that can be injected anywhere. */
import { Handler } from '../core/handler';
import type { LogRecord } from '../core/log-record';
import type { HindsightHandler } from './hindsight.handler';
import { currentScope } from './current';

/**
 * One object for all requests: each call acts on the current scope, so that no provider has to be request-scoped. It is like
 * a MemoryHandler that evicts records instead of flushing when it is full: a request that succeeds writes nothing.
 *
 * Outside a scope the buffer is empty, and `flush` and `clear` do nothing.
 */
export class RequestMemoryHandler extends Handler {
  readonly #hindsight: HindsightHandler;

  constructor(hindsight: HindsightHandler) {
    super();
    this.#hindsight = hindsight;
  }

  /** The handler to which dumps are written. */
  get target(): Handler {
    return this.#hindsight.target;
  }

  /** Records a scope may hold, or 0 outside one. */
  get capacity(): number {
    return currentScope()?.options.capacity ?? 0;
  }

  /** The held records of the current request, oldest first. */
  get buffer(): readonly LogRecord[] {
    return currentScope()?.records ?? [];
  }

  /** Routes a record like the HindsightHandler. */
  override emit(record: LogRecord): void {
    this.#hindsight.handle(record);
  }

  /** Dumps the current request, whatever its outcome; its later records are written at once. */
  override flush(): void {
    currentScope()?.dump('manual');
  }

  /** Drops the held records of the current request. */
  clear(): void {
    currentScope()?.discard();
  }

  /** At exit the held records of a request without a failure are not written. */
  override flushSync(): void {}
}
