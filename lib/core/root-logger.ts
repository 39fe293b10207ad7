/** The top of a tree. */
import { WARNING } from './level';
import { Logger } from './logger';
import type { Manager } from './manager';

/** Ports logging.RootLogger (CPython 3.14): level WARNING until somebody sets it. */
export class RootLogger extends Logger {
  /** Whether a level was set on purpose; the request memory opens up to DEBUG only a root that nobody touched. */
  levelWasSet = false;

  /** @internal */
  constructor(manager: Manager) {
    super('root', manager, WARNING);
  }

  override setLevel(level: number | string): void {
    super.setLevel(level);
    this.levelWasSet = true;
  }
}
