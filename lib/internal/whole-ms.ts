/** What the product of seconds in binary may be off by, in ms. */
const ROUNDING = 1e-3;

/** Whole milliseconds of a time in seconds, such as `LogRecord.created`; finer digits, as Python has them, are cut off. */
export function wholeMs(seconds: number): number {
  const ms = seconds * 1000;
  const nearest = Math.round(ms);
  return nearest - ms > ROUNDING ? nearest - 1 : nearest;
}
