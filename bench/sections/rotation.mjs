/** The CPU time per line of rotating and watched files compared with a plain file, until the last line is complete. */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { cpuMs, repeat } from '../harness/measure.mjs';
import { target, times } from '../harness/ratios.mjs';
import { checkRotatedLines } from '../harness/rotated-lines.mjs';
import { short } from '../harness/statistics.mjs';
import { table } from '../harness/table.mjs';

export const title = 'Files that rotate';
export const about =
  'CPU time per line in µs. "Bare" is the handler alone: `handle(record)` with a formatter that is one template string. "JSON" is ' +
  'the whole call with three fields, compared with other loggers that rotate; those write later, ours before the call returns. No ' +
  'file reaches its limit; the next section shows the cost of a rotation. "1 ms" is `checkIntervalMs: 1`.';

const OURS = [
  'FileHandler',
  'RotatingFileHandler',
  'TimedRotatingFileHandler',
  'WatchedFileHandler',
  'WatchedFileHandler, 1 ms',
];
const PEERS = [
  ['log4js dateFile', 'log4js-rotating'],
  ['winston-daily-rotate-file', 'winston-rotating'],
];
const VARIANTS = { 'bare line': [], 'JSON line': PEERS };
const LIMITS = { RotatingFileHandler: 1.1, WatchedFileHandler: 1.6 };

export function jobs() {
  return Object.entries(VARIANTS).flatMap(([variant, peers]) =>
    [...OURS.map((name) => [name, 'ours-rotating']), ...peers].map(([subject, module]) => ({
      section: 'rotation',
      subject,
      module,
      variant,
    })),
  );
}

export async function measure(subject, job) {
  const directory = `${job.file}.d`;
  const open = (name) => {
    mkdirSync(join(directory, name), { recursive: true });
    return subject.rotating[job.variant](join(directory, name), { kind: job.subject });
  };
  const most = job.mostLines;
  const warm = open('warm');
  await repeat(warm.log, { budgetMs: job.warmMs, most });
  await warm.close();
  const { log, close } = open('log');
  const before = process.cpuUsage();
  const lines = await repeat(log, { budgetMs: job.budgetMs, most });
  await close();
  return { value: (cpuMs(before) * 1000) / lines, lines };
}

export function verify(result, job) {
  const directory = `${job.file}.d`;
  try {
    checkRotatedLines(join(directory, 'log'), {
      expected: result.lines,
      idOf:
        job.variant === 'JSON line' ? (line) => JSON.parse(line).orderId : (line) => Number(line.slice(8)),
      isLog: (name) => name.startsWith('app.log'),
    });
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

export function report(results) {
  const tables = [];
  const targets = [];
  for (const variant of Object.keys(VARIANTS)) {
    const values = results.of(variant);
    const plain = values.get('FileHandler');
    const rows = [...values].map(([subject, value]) => [subject, short(value), times(value, plain)]);
    tables.push(table([variant, 'µs a line', '÷ FileHandler'], rows));
    if (variant !== 'bare line') continue;
    for (const [name, limit] of Object.entries(LIMITS))
      targets.push(target(`${name}: at most ${limit} × FileHandler`, values.get(name) / plain, limit));
  }
  return { tables, targets };
}
