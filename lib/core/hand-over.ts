/** Delivers a list of records one by one, and counts the rest in case the process ends meanwhile. */
import { globalState } from '../internal/global-state';
import { diagnostics } from './diagnostics';
import type { LogRecord } from './log-record';

/** Records that were taken out of a buffer and are not delivered yet. */
const inHand = globalState('records-in-hand', () => ({ count: 0 }));

/**
 * Calls `deliver` with each record. If it throws, the error is reported and the next record follows. If `deliver` ends the
 * process, `reportInHand` reports the other records.
 */
export function handOverAll(
  records: readonly LogRecord[],
  deliver: (record: LogRecord, index: number) => void,
): void {
  inHand.count += records.length;
  for (let i = 0; i < records.length; i++) {
    // Before the call, since this record now belongs to the handler.
    inHand.count--;
    try {
      deliver(records[i] as LogRecord, i);
    } catch (error) {
      diagnostics.report({ source: 'records held back', what: 'a record was not handed over', error });
    }
  }
}

/** Called at the end of the process. Reports the records that were not delivered because it ended meanwhile. */
export function reportInHand(): void {
  if (inHand.count === 0) return;
  const what = `${inHand.count} records were not written: the process ended while they were handed over`;
  inHand.count = 0;
  diagnostics.report({ source: 'records held back', what });
}
