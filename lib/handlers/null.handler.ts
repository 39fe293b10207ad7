/** Does nothing: what a library puts on its logger so that its users decide about output. */
import { Handler } from '../core/handler';
import type { LogRecord } from '../core/log-record';

/**
 * Ports logging.NullHandler (CPython 3.14). Filters are not run. `handle` returns false where Python returns None.
 */
export class NullHandler extends Handler {
  override handle(_record: LogRecord): false {
    return false;
  }

  override emit(_record: LogRecord): void {}
}
