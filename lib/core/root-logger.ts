/** The top of a tree. */
import { Logger } from './logger';

/** Ports logging.RootLogger (CPython 3.14): level WARNING until somebody sets it. */
export class RootLogger extends Logger {
  /** Whether a level was set on purpose; the request memory opens up to DEBUG only a root that nobody touched. */
  get levelWasSet(): boolean {
    return this.data.levelWasSet;
  }
  set levelWasSet(value: boolean) {
    this.data.levelWasSet = value;
  }

  override setLevel(level: number | string): void {
    super.setLevel(level);
    this.levelWasSet = true;
  }
}
