/** Runs the jobs in turn, each in a new child process, so that a slow minute of the machine affects all subjects. */
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Returns `{ job, samples }` for each job. `run(job)` measures once. A job that fails is passed to `onFailure` and has fewer
 * samples.
 */
export async function interleave(jobs, { rounds, directory, run, onFailure }) {
  const rows = jobs.map((job) => ({ job, samples: [] }));
  let number = 0;
  for (let round = 0; round < rounds; round++) {
    for (const row of rows) {
      const file = join(directory, `${number++}.log`);
      try {
        row.samples.push(await run({ ...row.job, file }));
      } catch (error) {
        onFailure(row.job, error);
      } finally {
        if (existsSync(file)) rmSync(file);
      }
    }
  }
  return rows;
}
