/**
 * Measures servers side by side: all of them run at the same time, and short windows of load go round from one to the next. What
 * a busy minute of the machine costs, it costs all of them.
 */
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { quantile } from './statistics.mjs';
import { Server } from './serve-once.mjs';
import { driveWithWrk } from './wrk.mjs';

/** Ids of the warm-up are below it, so that no id comes twice. */
const FIRST_MEASURED = 1_000_000;

/** The first windows cost up to twice as much: the process was idle while the others were warmed up. */
const UNMEASURED_WINDOWS = 3;

/** What disturbs a window only makes it dearer, so the lower quarter of the windows says most of the subject. */
const QUARTER = 0.25;

class Subject {
  windows = [];
  next = FIRST_MEASURED;

  constructor(job) {
    this.job = job;
    this.server = new Server(job);
  }

  async warm() {
    this.port = await this.server.open();
    await this.#drive(0, this.job.warmSeconds);
    await this.server.ask({ step: 'start' });
  }

  async window() {
    await this.server.ask({ step: 'begin' });
    const { p50, p99 } = await this.#drive(this.next, this.job.windowSeconds);
    const { cpu, requests } = await this.server.ask({ step: 'read' });
    this.next += requests;
    this.windows.push({ value: (cpu * 1000) / requests, p50, p99 });
  }

  async finish() {
    const { rss, seen } = await this.server.ask({ step: 'stop' });
    const measured = this.windows.slice(UNMEASURED_WINDOWS);
    const of = (field) =>
      quantile(
        measured.map((window) => window[field]).sort((a, b) => a - b),
        QUARTER,
      );
    return { value: of('value'), p50: of('p50'), p99: of('p99'), rss, seen };
  }

  #drive(from, seconds) {
    return driveWithWrk({ port: this.port, connections: this.job.connections }, { from, seconds });
  }
}

/** Calls `step` with each subject; one that fails is left out from then on. */
async function each(subjects, onFailure, step) {
  for (const subject of subjects) {
    try {
      await step(subject);
    } catch (error) {
      onFailure(subject.job, error);
      subjects.delete(subject);
      await subject.server.end();
    }
  }
}

async function measure(jobs, { onFailure, onSample }) {
  const subjects = new Set(jobs.map((job) => new Subject(job)));
  await each(subjects, onFailure, (subject) => subject.warm());
  for (let window = 0; window < UNMEASURED_WINDOWS + jobs[0].windows; window++)
    await each(subjects, onFailure, (subject) => subject.window());
  await each(subjects, onFailure, async (subject) => {
    const sample = await subject.finish();
    await subject.server.end();
    onSample(subject.job, sample);
  });
}

/** Returns `{ job, samples }` for each job, as `interleave` does. The jobs of one variant run side by side. */
export async function serveTogether(jobs, { rounds, directory, verify, onFailure }) {
  const rows = new Map(jobs.map((job) => [job, { job, samples: [] }]));
  const groups = groupByVariant(jobs);
  for (let round = 0; round < rounds; round++) {
    for (const group of groups.values()) {
      const files = new Map(group.map((job, i) => [{ ...job, file: join(directory, `${i}.log`) }, job]));
      await measure([...files.keys()], {
        onFailure,
        onSample(job, sample) {
          verify(sample, job);
          rows.get(files.get(job)).samples.push(sample);
        },
      });
      for (const { file } of files.keys()) if (existsSync(file)) rmSync(file);
    }
  }
  return [...rows.values()];
}

function groupByVariant(jobs) {
  const groups = new Map();
  for (const job of jobs) groups.set(job.variant, [...(groups.get(job.variant) ?? []), job]);
  return groups;
}
