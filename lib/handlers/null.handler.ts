/** Does nothing. A library adds it to its logger, so that the application decides about output. */
import { describeHandler } from '../core/class-descriptions';
import { Handler, HANDLER_SPEC, type HandlerOptions } from '../core/handler';
import type { LogRecord } from '../core/log-record';
import { readOptions } from '../internal/options';

/**
 * Ports logging.NullHandler (CPython 3.14). Filters are not run. `handle` returns false where Python returns None.
 */
export class NullHandler extends Handler {
  constructor(options: HandlerOptions = {}) {
    readOptions(HANDLER_SPEC, options, new.target);
    super(options);
  }

  override handle(_record: LogRecord): false {
    return false;
  }

  override emit(_record: LogRecord): void {}
}

describeHandler(NullHandler, HANDLER_SPEC, { module: 'logging' });
