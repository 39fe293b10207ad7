/** The cost of a debug() call below the level of its logger. */
import { cpuMs, repeat } from '../harness/measure.mjs';
import { compare, target } from '../harness/ratios.mjs';
import { short } from '../harness/statistics.mjs';
import { table } from '../harness/table.mjs';

export const title = 'A disabled debug()';
export const about = 'CPU time per call in ns, with a message and two arguments and the logger at INFO.';

const SUBJECTS = ['ideal', 'ours', 'pino', 'winston', 'log4js', 'logtape', 'nest-console', 'python'];
const CHUNK = 5000;

export function jobs() {
  return SUBJECTS.map((subject) => ({ section: 'disabled', subject, variant: 'disabled' }));
}

export async function measure(subject, job) {
  const call = await subject.disabled();
  const from = await repeat(call, { budgetMs: job.warmMs, chunk: CHUNK });
  const before = process.cpuUsage();
  const calls = await repeat(call, { from, budgetMs: job.budgetMs, chunk: CHUNK });
  return { value: (cpuMs(before) * 1e6) / (calls - from) };
}

export function verify() {
  // Nothing is written.
}

export function report(results) {
  const values = results.of('disabled');
  const { ideal, ours, ratios } = compare(values);
  const rows = [...values].map(([subject, value]) => [subject, short(value), ...ratios(value)]);
  return {
    tables: [table(['disabled debug()', 'ns a call', '÷ ideal', '÷ best peer', 'ours ÷ it'], rows)],
    targets: [
      target('disabled: at most 2 × ideal', ours / ideal, 2),
      target('disabled: not above pino', ours / values.get('pino'), 1),
    ],
  };
}
