/** Does nothing: what a library puts on its logger so that its users decide about output. */
import { Handler, HANDLER_OPTIONS, type HandlerOptions } from '../core/handler';
import type { LogRecord } from '../core/log-record';
import { checkedOptions } from '../internal/checked-options';

/**
 * Ports logging.NullHandler (CPython 3.14). Filters are not run. `handle` returns false where Python returns None.
 */
export class NullHandler extends Handler {
  constructor(options: HandlerOptions = {}) {
    super(checkedOptions(new.target.name, options, new.target === NullHandler && HANDLER_OPTIONS));
  }

  override handle(_record: LogRecord): false {
    return false;
  }

  override emit(_record: LogRecord): void {}
}
