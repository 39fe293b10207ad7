/** The CPU time of one line in a file, until the last line is complete. */
import { checkLines } from '../harness/check-lines.mjs';
import { cpuMs, repeat } from '../harness/measure.mjs';
import { compare, target } from '../harness/ratios.mjs';
import { short } from '../harness/statistics.mjs';
import { table } from '../harness/table.mjs';

export const title = 'One line to a file';
export const about =
  'CPU µs a line, until the last line is complete. "Batched" may hold about 64 KiB back; "on return" has the bytes in ' +
  'the kernel when the log call returns. A dash: the logger has no such mode. The floor is the ideal with what a ' +
  'logging package cannot be without: a whole record of each call, levels, filters, handlers that may fail, an Error and fields among ' +
  'the arguments, a message made of its template, and a look at each value for line breaks and quotes.';

const SUBJECTS = ['ideal', 'floor', 'ours', 'pino', 'winston', 'log4js', 'logtape', 'nest-console', 'python'];
const LIMITS = {
  'json batched': { ideal: 1.5, peer: ['pino', 1 / 2.5] },
  'json on return': { ideal: 1.15, peer: ['pino', 1] },
  'text batched': { ideal: 1.5 },
  'text on return': { ideal: 1.25 },
};
const PYTHON = ['json on return', 'text on return'];

export async function jobs() {
  const list = [];
  for (const variant of Object.keys(LIMITS)) {
    for (const subject of SUBJECTS) {
      const has =
        subject === 'python' ? PYTHON : Object.keys((await import(`../subjects/${subject}.mjs`)).emitters);
      if (has.includes(variant)) list.push({ section: 'emit', subject, variant });
    }
  }
  return list;
}

export async function measure(subject, job) {
  const open = subject.emitters[job.variant];
  const most = job.mostLines;
  const warm = await open(job.file);
  const from = await repeat(warm.log, { budgetMs: job.warmMs, most });
  await warm.close();
  const { log, close } = await open(job.file);
  const before = process.cpuUsage();
  const lines = await repeat(log, { from, budgetMs: job.budgetMs, most });
  await close();
  return { value: (cpuMs(before) * 1000) / (lines - from), lines };
}

export function verify(result, job) {
  checkLines(job.file, {
    expected: result.lines,
    all: job.all,
    parse: (line, index) => {
      const id = job.variant.startsWith('json')
        ? idOfJson(JSON.parse(line))
        : Number(/\bo-(\d+)/.exec(line)?.[1]);
      if (id !== index) throw new Error(`line ${index} is of order ${id}: ${line.slice(0, 300)}`);
    },
  });
}

/** Nest and LogTape write an object of fields below a key. */
function idOfJson({ orderId, message, properties }) {
  return orderId ?? properties?.orderId ?? message?.orderId;
}

export function report(results) {
  const tables = [];
  const targets = [];
  for (const [variant, limit] of Object.entries(LIMITS)) {
    const values = results.of(variant);
    const { ideal, ours, ratios } = compare(values, ['floor']);
    tables.push(
      table(
        [variant, 'µs a line', '÷ ideal', '÷ best peer', 'ours ÷ it'],
        [...values].map(([subject, value]) => [subject, short(value), ...ratios(value)]),
      ),
    );
    targets.push(target(`${variant}: at most ${limit.ideal} × ideal`, ours / ideal, limit.ideal));
    if (limit.peer === undefined) continue;
    const [peer, share] = limit.peer;
    targets.push(target(`${variant}: at most ${share} × ${peer}`, ours / values.get(peer), share));
  }
  return { tables, targets };
}
