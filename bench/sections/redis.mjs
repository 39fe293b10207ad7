/** The cost of a record for the process that logs it, and for another process that handles it. */
import { setTimeout } from 'node:timers/promises';
import { checkLines } from '../harness/check-lines.mjs';
import { cpuMs, repeat } from '../harness/measure.mjs';
import { times } from '../harness/ratios.mjs';
import { hasRedis, withRedis } from '../harness/redis-server.mjs';
import { runChild } from '../harness/run-child.mjs';
import { short } from '../harness/statistics.mjs';
import { table } from '../harness/table.mjs';

export const title = 'Through Redis';
export const about =
  'Records with three fields: CPU time per record in µs of the named process, with all its threads, until its last record is in ' +
  'the file or in the stream, without the CPU time of Redis itself. The consumer writes the records to a file as JSON and ' +
  'acknowledges them.';

const SUBJECTS = ['FileHandler, no queue', 'RedisStreamQueue, logging', 'RedisStreamQueue, consuming'];
const CHUNK = 500;
/** Keeps the queue below its limit of 10 000 records. */
const MOST_WAITING = 2000;

export function jobs() {
  if (!hasRedis()) return [];
  return SUBJECTS.map((subject) => ({ section: 'redis', subject, module: 'ours-redis', variant: 'json' }));
}

export function run(job) {
  return withRedis((url) => runChild({ ...job, url }));
}

async function logFor({ log, waiting }, { from = 0, budgetMs, most }) {
  const end = performance.now() + budgetMs;
  let next = from;
  do {
    next = await repeat(log, { from: next, budgetMs: 0, chunk: CHUNK });
    while (waiting() > MOST_WAITING) await setTimeout(1);
  } while (performance.now() < end && next - from < most);
  return next;
}

export async function measure({ redis }, job) {
  const subject = await redis[job.subject](job.file, job.url);
  const from = await logFor(subject, { budgetMs: job.warmMs, most: job.mostLines });
  await subject.flush();
  // A consumer is measured with the records in the stream, so the stream is filled first.
  const filled = subject.fill === undefined ? undefined : await subject.fill(from, job.mostLines);
  const before = process.cpuUsage();
  const lines = filled ?? (await logFor(subject, { from, budgetMs: job.budgetMs, most: job.mostLines }));
  await subject.close();
  return { value: (cpuMs(before) * 1000) / (lines - from), lines, landed: await subject.landed?.() };
}

export function verify(result, job) {
  if (result.landed !== undefined) {
    if (result.landed !== result.lines)
      throw new Error(`${result.landed} of ${result.lines} are in the stream`);
    return;
  }
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
  const values = results.of('json');
  const direct = values.get(SUBJECTS[0]);
  const rows = [...values].map(([subject, value]) => [subject, short(value), times(value, direct)]);
  return { tables: [table(['records', 'µs a record', '÷ FileHandler'], rows)], targets: [] };
}
