/** Hands records to the loggers of their names. */
import { Handler } from '../../core/handler';
import type { LogRecord } from '../../core/log-record';
import type { Manager } from '../../core/manager';
import { openHandlers } from '../../core/open-handlers';

/** Stands for a whole tree of loggers: filters of the logger apply, its level does not, as in the cookbook's receiver. */
export class TreeHandler extends Handler {
  readonly #manager: Manager;

  constructor(manager: Manager) {
    super();
    this.#manager = manager;
  }

  /** Without the base's guard: what a handler of the tree logs goes to the tree. */
  override handle(record: LogRecord): LogRecord {
    this.#manager.getLogger(record.name).handle(record);
    return record;
  }

  /** All handlers of the thread. */
  override async flush(): Promise<void> {
    for (const handler of openHandlers.newestFirst())
      if (!(handler instanceof TreeHandler)) await handler.flush();
  }
}
