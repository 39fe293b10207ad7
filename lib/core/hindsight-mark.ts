/** What is said on a record that was held back. */

/** Why and for which scope a record was held back before it was written. */
export interface HindsightMark {
  /** Id of the scope. */
  readonly scope: string;
  /** What made the scope write its records, such as `error` or `status 503`. */
  readonly reason: string;
  /** Records evicted at this place because the scope's capacity was reached. */
  readonly dropped?: number;
}
