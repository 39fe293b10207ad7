/** Hands records that came from elsewhere to the loggers of their names. */
import type { LogRecord } from '../../core/log-record';
import { nearestLogger, type Manager } from '../../core/manager';

/** Loggers are never freed, so a sender of made-up names may not make any number of them. */
const MAX_NEW_LOGGERS = 1000;

/** As the cookbook's server: the level of the logger is not compared, those of its handlers are. */
export class RecordDispatch {
  readonly #manager: Manager;
  #made = 0;

  constructor(manager: Manager) {
    this.#manager = manager;
  }

  dispatch(record: LogRecord): void {
    const known = this.#manager.loggers.has(record.name);
    if (!known && ++this.#made > MAX_NEW_LOGGERS) nearestLogger(this.#manager, record.name).handle(record);
    else this.#manager.getLogger(record.name).handle(record);
  }
}
