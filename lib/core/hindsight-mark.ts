/** What is said on a record that was held back. */

/** Why and for which scope a record was held back before it was written. */
export interface HindsightMark {
  /** Id of the scope. */
  readonly scope: string;
  /** What made the scope write its records, such as `error` or `status 503`. */
  readonly reason: string;
  /** Records evicted at this place because the scope's capacity was reached. */
  readonly dropped?: number;
  /** On the record in front of a dump. */
  readonly dump?: DumpHeading;
}

/** What a dump is about, for a reader that does not want to take it from the message. */
export interface DumpHeading {
  /** What was done, such as `POST /orders`. */
  readonly title: string;
  /** Since the scope was opened. */
  readonly durationMs: number;
  /** Class and message of the Error, where there is one. */
  readonly error?: string;
  /** Records that follow. */
  readonly records: number;
  /** Records that had given way because the scope was full. */
  readonly missing: number;
}
