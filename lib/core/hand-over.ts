/** Hands records on one by one, with a count of those that are still to come in case the process ends meanwhile. */
import { globalState } from '../internal/global-state';
import { diagnostics } from './diagnostics';
import type { LogRecord } from './log-record';

/** Records that are in nobody's buffer: they were taken out of one and not handed over yet. */
const inHand = globalState('records-in-hand', () => ({ count: 0 }));

/**
 * Calls `deliver` with each record. One that throws is reported, and the others still follow. Records that are left when
 * `deliver` ends the process are counted by `reportInHand`.
 */
export function handOverAll(
  records: readonly LogRecord[],
  deliver: (record: LogRecord, index: number) => void,
): void {
  inHand.count += records.length;
  for (let i = 0; i < records.length; i++) {
    // First: the record that is being handed over is the handler's.
    inHand.count--;
    try {
      deliver(records[i] as LogRecord, i);
    } catch (error) {
      diagnostics.report({ source: 'records held back', what: 'a record was not handed over', error });
    }
  }
}

/** Reports what no handler was given because the process ended while records were handed over. Called at its end. */
export function reportInHand(): void {
  if (inHand.count === 0) return;
  const what = `${inHand.count} records were not written: the process ended while they were handed over`;
  inHand.count = 0;
  diagnostics.report({ source: 'records held back', what });
}
