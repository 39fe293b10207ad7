/** The cost of a line for the thread that serves requests, if another thread writes it. */
import { setTimeout as wait } from 'node:timers/promises';
import { checkLines } from '../harness/check-lines.mjs';
import { cpuMs, repeat } from '../harness/measure.mjs';
import { target, times } from '../harness/ratios.mjs';
import { short } from '../harness/statistics.mjs';
import { table } from '../harness/table.mjs';
import { threadCpuMs } from '../harness/thread-cpu.mjs';

export const title = 'Queues';
export const about =
  'JSON lines with three fields to one file. "Thread" is the CPU time per line in µs of the thread that logs, "all" that of the ' +
  'whole process, until the last line is complete. Each turn of the event loop logs 20 lines, like a request, with a pause after ' +
  'every 500 lines, so that no queue is ever full.';

const SUBJECTS = {
  'FileHandler, no queue': 'ours-queues',
  InMemoryQueue: 'ours-queues',
  WorkerQueue: 'ours-queues',
  'pino, no transport': 'pino-queues',
  'pino transport': 'pino-queues',
};
/** Lines in one turn of the event loop, and turns between two pauses. */
const LINES = 20;
const TURNS = 25;
const PAUSE_MS = 4;

export function jobs() {
  return Object.entries(SUBJECTS).map(([subject, module]) => ({
    section: 'queues',
    subject,
    module,
    variant: 'json',
  }));
}

/** Runs twice as long as in other sections to log as many lines, because part of the time is spent in the pauses. */
async function logFor(log, { from = 0, budgetMs, most }) {
  const end = performance.now() + 2 * budgetMs;
  let next = from;
  do {
    next = await repeat(log, { from: next, budgetMs: Infinity, most: LINES * TURNS, chunk: LINES });
    await wait(PAUSE_MS);
  } while (performance.now() < end && next - from < most);
  return next;
}

export async function measure(subject, job) {
  const { log, close } = await subject.queues[job.subject](job.file);
  const from = await logFor(log, { budgetMs: job.warmMs, most: job.mostLines });
  const before = { all: process.cpuUsage(), thread: threadCpuMs() };
  const lines = await logFor(log, { from, budgetMs: job.budgetMs, most: job.mostLines });
  const thread = threadCpuMs() - before.thread;
  await close();
  const count = lines - from;
  return { value: (thread * 1000) / count, all: (cpuMs(before.all) * 1000) / count, lines };
}

export function verify(result, job) {
  checkLines(job.file, {
    expected: result.lines,
    all: job.all,
    parse: (line, index) => {
      const { orderId } = JSON.parse(line);
      if (orderId !== index) throw new Error(`line ${index} is of order ${orderId}`);
    },
  });
}

export function report(results) {
  const [thread, all] = [results.of('json'), results.of('json', 'all')];
  const direct = thread.get('FileHandler, no queue');
  const rows = [...thread].map(([subject, value]) => [
    subject,
    short(value),
    times(value, direct),
    short(all.get(subject)),
  ]);
  const ours = thread.get('WorkerQueue');
  return {
    tables: [table(['json', 'thread', '÷ FileHandler', 'all'], rows)],
    targets: [
      target('queues: WorkerQueue not above FileHandler', ours / direct, 1),
      target('queues: WorkerQueue not above pino transport', ours / thread.get('pino transport'), 1),
    ],
  };
}
