/** The buffer of whatever request is running, as a handler that can be injected anywhere. */
import { Handler } from '../core/handler';
import type { LogRecord } from '../core/log-record';
import type { HindsightHandler } from './hindsight.handler';
import { currentScope } from './current';

/**
 * One object for all requests: each call acts on the scope it is made in, so that no provider has to be request-scoped.
 * A MemoryHandler whose overflow evicts instead of flushing: a request that succeeds writes nothing.
 *
 * Outside a scope the buffer is empty, and `flush` and `clear` do nothing.
 */
export class RequestMemoryHandler extends Handler {
  readonly #hindsight: HindsightHandler;

  constructor(hindsight: HindsightHandler) {
    super();
    this.#hindsight = hindsight;
  }

  /** Where a dump goes. */
  get target(): Handler {
    return this.#hindsight.target;
  }

  /** Records a scope may hold, or 0 outside one. */
  get capacity(): number {
    return currentScope()?.options.capacity ?? 0;
  }

  /** What the running request holds, oldest first. */
  get buffer(): readonly LogRecord[] {
    return currentScope()?.records ?? [];
  }

  /** Routes a record as the HindsightHandler it belongs to does. */
  override emit(record: LogRecord): void {
    this.#hindsight.handle(record);
  }

  /** Writes what the running request holds, whatever its outcome; what follows passes through. */
  override flush(): void {
    currentScope()?.dump('manual');
  }

  /** Throws away what the running request holds. */
  clear(): void {
    currentScope()?.discard();
  }

  /** At exit the held records of a healthy request stay unwritten. */
  override flushSync(): void {}
}
