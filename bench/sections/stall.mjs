/** The time of a log call while files are rotated and compressed. */
import { mkdirSync, rmSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { repeat } from '../harness/measure.mjs';
import { keepPace } from '../harness/pace.mjs';
import { target } from '../harness/ratios.mjs';
import { checkRotatedLines } from '../harness/rotated-lines.mjs';
import { short } from '../harness/statistics.mjs';
import { table } from '../harness/table.mjs';

export const title = 'The stall of a rotation';
export const about =
  'Latency of one log call in ms, with JSON lines of about 130 bytes, `maxBytes` of 10 MB, and backups compressed with gzip. "Loop" ' +
  'is the longest delay of the event loop. Ours has the bytes in the kernel when the call returns; the other two only queue them.';

/** Each pace takes a minute or more, so it is measured once. */
export const rounds = { full: 1 };

const SUBJECTS = [
  ['RotatingFileHandler', 'ours-rotating'],
  ['log4js dateFile', 'log4js-rotating'],
  ['winston-daily-rotate-file', 'winston-rotating'],
];
const LINE_BYTES = 130;
/** GB per hour, and a factor for the duration in the plan. */
const PACES = [
  { variant: '1 GB/h', perHour: 1, longer: 4 },
  { variant: '10 GB/h', perHour: 10, longer: 1 },
];
const P999_LIMIT_MS = 5;

export function jobs() {
  return PACES.flatMap(({ variant, perHour, longer }) =>
    SUBJECTS.map(([subject, module]) => ({
      section: 'stall',
      subject,
      module,
      variant,
      longer,
      perSecond: (perHour * 1e9) / 3600 / LINE_BYTES,
    })),
  );
}

export async function measure(subject, job) {
  const directory = `${job.file}.d`;
  mkdirSync(directory);
  const { log, close } = subject.rotating['JSON line'](directory, {
    kind: job.subject,
    maxBytes: job.stallBytes,
  });
  const from = await repeat(log, { budgetMs: job.warmMs, most: 20_000 });
  // Waits for queued lines of the warm-up and their last compression.
  await setTimeout(job.warmMs);
  const { next, ...figures } = await keepPace(log, {
    from,
    perSecond: job.perSecond,
    seconds: job.stallSeconds * job.longer,
  });
  await close();
  return { ...figures, lines: next };
}

/** Adds the number of files: each file except the first is a rotation. */
export function verify(result, job) {
  const directory = `${job.file}.d`;
  try {
    result.files = checkRotatedLines(directory, {
      expected: result.lines,
      idOf: (line) => JSON.parse(line).orderId,
      isLog: (name) => name.startsWith('app.log'),
    });
    if (result.files < 2) throw new Error('nothing was rotated');
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

export function report(results) {
  const columns = ['p50', 'p999', 'max', 'loopMax', 'files'];
  const tables = [];
  const targets = [];
  for (const { variant } of PACES) {
    const fields = columns.map((column) => results.of(variant, column));
    const rows = SUBJECTS.map(([name]) => [name, ...fields.map((values) => short(values.get(name)))]);
    tables.push(table([variant, 'p50', 'p99.9', 'max', 'loop', 'files'], rows));
    const ours = results.of(variant, 'p999').get('RotatingFileHandler');
    targets.push(target(`${variant}: p99.9 of a call at most ${P999_LIMIT_MS} ms`, ours, P999_LIMIT_MS));
  }
  return { tables, targets };
}
