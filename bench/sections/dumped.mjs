/** The CPU time of records that are held for a unit of work and written to a file because it fails. */
import { checkLines } from '../harness/check-lines.mjs';
import { cpuMs, repeat } from '../harness/measure.mjs';
import { compare, target } from '../harness/ratios.mjs';
import { short } from '../harness/statistics.mjs';
import { table } from '../harness/table.mjs';
import { RECORDS, SUBJECTS } from './dropped.mjs';

export const title = 'Buffered, then dumped';
export const about =
  'The same units, each failing with an Error: every record and the Error are written as JSON to a file; CPU ns a record. ' +
  'The floor also has the mark and the place of each record, the limit of its length, and the limit of all that is dumped in a second.';

const CHUNK = 5;

export function jobs() {
  return SUBJECTS.map((subject) => ({ section: 'dumped', subject, variant: 'dumped' }));
}

export async function measure(subject, job) {
  const { unit, close } = await subject.buffer(job.file);
  const work = () => unit(RECORDS, true);
  const most = job.mostLines / RECORDS;
  const from = await repeat(work, { budgetMs: job.warmMs, chunk: CHUNK, most });
  const before = process.cpuUsage();
  const units = await repeat(work, { from, budgetMs: job.budgetMs, chunk: CHUNK, most });
  await close();
  return { value: (cpuMs(before) * 1e6) / (units - from) / RECORDS, lines: units * (RECORDS + 1) };
}

export function verify(result, job) {
  const parse = (line, index) => {
    const text = JSON.stringify(JSON.parse(line));
    const expected = index % (RECORDS + 1) === RECORDS ? 'order lost' : `step ${index % (RECORDS + 1)}`;
    if (!text.includes(expected))
      throw new Error(`line ${index} is not "${expected}": ${line.slice(0, 300)}`);
  };
  checkLines(job.file, { expected: result.lines, parse, all: job.all });
}

export function report(results) {
  const values = results.of('dumped');
  const { ideal, ours, ratios } = compare(values, ['floor']);
  const rows = [...values].map(([subject, value]) => [subject, short(value), ...ratios(value)]);
  return {
    tables: [table(['buffered, then dumped', 'ns a record', '÷ ideal', '÷ best peer', 'ours ÷ it'], rows)],
    targets: [target('dumped: at most 1.5 × ideal', ours / ideal, 1.5)],
  };
}
