/** Prints a record when no handler is configured. */
import { globalState } from '../internal/global-state';
import { writeToSink } from '../internal/stdio';
import { Handler } from './handler';
import { WARNING } from './level';
import type { LogRecord } from './log-record';
import { observing } from './record-observer';

/** Writes the message to the current `process.stderr`. Ports logging._StderrHandler (3.2). */
export class LastResortHandler extends Handler {
  override emit(record: LogRecord): void {
    if (observing.current?.hides(process.stderr) !== true) {
      writeToSink(process.stderr, `${this.format(record)}\n`);
    }
  }
}

interface LastResortSlot {
  handler: Handler | undefined;
  warned: boolean;
}

/** `handler` may be replaced. Undefined prints a single warning instead of records. Ports logging.lastResort. */
export const lastResort = globalState('last-resort', (): LastResortSlot => ({
  handler: new LastResortHandler({ level: WARNING }),
  warned: false,
}));
