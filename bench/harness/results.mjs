/** The results of a section's jobs, as medians by variant and subject. */
import { median } from './statistics.mjs';

/** `rows`: `{ job, samples }` in the order of the jobs, which is the order of the tables. */
export function resultsOf(rows) {
  return {
    rows,
    /** Map of subject to the median of one field of the samples. */
    of(variant, field = 'value') {
      const chosen = rows.filter(({ job, samples }) => job.variant === variant && samples.length > 0);
      return new Map(
        chosen.map(({ job, samples }) => [job.subject, median(samples.map((sample) => sample[field]))]),
      );
    },
  };
}
