/** The CPU time and heap of records that are held for a unit of work and dropped because it succeeds. */
import { checkLines } from '../harness/check-lines.mjs';
import { cpuMs, heapUsed, repeat } from '../harness/measure.mjs';
import { compare, target } from '../harness/ratios.mjs';
import { short } from '../harness/statistics.mjs';
import { table } from '../harness/table.mjs';

export const title = 'Buffered, then dropped';
export const about =
  'Units of work with 100 DEBUG records of two arguments each, which succeed: CPU time per record in ns, and heap bytes per ' +
  'record while the units are open. The floor is the ideal with whole records, which each call adds to its scope.';

export const RECORDS = 100;
export const SUBJECTS = ['ideal', 'floor', 'ours', 'logtape', 'python'];
const CHUNK = 5;

export function jobs() {
  return SUBJECTS.map((subject) => ({ section: 'dropped', subject, variant: 'dropped' }));
}

export async function measure(subject, job) {
  const { unit, hold, close } = await subject.buffer(job.file);
  const work = () => unit(RECORDS, false);
  const from = await repeat(work, { budgetMs: job.warmMs, chunk: CHUNK });
  const before = process.cpuUsage();
  const units = await repeat(work, { from, budgetMs: job.budgetMs, chunk: CHUNK });
  const value = (cpuMs(before) * 1e6) / (units - from) / RECORDS;
  hold(RECORDS);
  const empty = heapUsed();
  const held = Array.from({ length: job.heldUnits }, () => hold(RECORDS));
  const heap = (heapUsed() - empty) / (held.length * RECORDS);
  await close();
  return { value, heap, lines: 0 };
}

export function verify(result, job) {
  checkLines(job.file, { expected: 0, parse: JSON.parse });
}

export function report(results) {
  const values = results.of('dropped');
  const heaps = results.of('dropped', 'heap');
  const { ideal, ours, ratios } = compare(values, ['floor']);
  const header = [
    'buffered, then dropped',
    'ns a record',
    '÷ ideal',
    '÷ best peer',
    'ours ÷ it',
    'heap B a record',
  ];
  const rows = [...values].map(([subject, value]) => [
    subject,
    short(value),
    ...ratios(value),
    short(heaps.get(subject)),
  ]);
  return {
    tables: [table(header, rows)],
    targets: [
      target('dropped: at most 2 × ideal', ours / ideal, 2),
      target('heap: at most 200 bytes a record', heaps.get('ours'), 200),
    ],
  };
}
