/** Records over loopback: the time until the kernel has the last one, and the CPU time of the process that logs. */
import { setImmediate } from 'node:timers/promises';
import { nextMessage, runChild as runSubject, startChild } from '../harness/run-child.mjs';
import { cpuMs } from '../harness/measure.mjs';
import { target, times } from '../harness/ratios.mjs';
import { short } from '../harness/statistics.mjs';
import { table } from '../harness/table.mjs';

export const title = 'Over the network';
export const about =
  'Records to a process on the same machine, 100 000 in the full run: elapsed time and CPU time per record in µs, from the first ' +
  'log call until the kernel has the last record, and the share that arrived (UDP may drop records). Every queue is large enough ' +
  'for all records. CPython sends the same bytes as ours, in the log call. `localhost` is the default of both; CPython resolves the ' +
  'name for every datagram. The pickles of SocketHandler are measured until the last one has arrived, because pino-socket, which ' +
  'sends from a thread, does not report when the kernel has its lines. With 127.0.0.1 the system call, which takes 3 to 4 µs for ' +
  'a datagram over loopback, is most of our time.';

const CHUNK = 500;
const NUL = 0;
const NEWLINE = 10;

/** A pickle is the whole record, about 500 bytes; pino's line of JSON has 110 bytes. */
const PICKLES = [
  ['ours', 'ours-network', 'length'],
  ['python', undefined, 'length'],
  ['pino-socket', 'pino-socket', NEWLINE],
];
const SYSLOG = [
  ['ours', 'ours-network', NUL],
  ['python', undefined, NUL],
  ['winston-syslog', 'winston-syslog', NEWLINE],
];
/** `limit`: the maximum as a share of CPython's time. `until`: the event that ends the measurement. */
const VARIANTS = [
  {
    variant: 'pickles over TCP',
    kind: 'tcp',
    host: '127.0.0.1',
    subjects: PICKLES,
    until: 'arrived',
    limit: 1 / 3,
  },
  { variant: 'syslog to localhost, UDP', kind: 'udp', host: 'localhost', subjects: SYSLOG, limit: 1 / 3 },
  { variant: 'syslog to 127.0.0.1, UDP', kind: 'udp', host: '127.0.0.1', subjects: SYSLOG },
  { variant: 'syslog to localhost, TCP', kind: 'tcp', host: 'localhost', subjects: SYSLOG, limit: 1 / 3 },
];

export function jobs() {
  return VARIANTS.flatMap(({ variant, kind, host, until, subjects }) =>
    subjects.map(([subject, module, ends]) => ({
      section: 'network',
      subject,
      module,
      variant,
      kind,
      host,
      until,
      ends,
    })),
  );
}

async function ask(sink, message) {
  const answer = nextMessage(sink);
  sink.send(message);
  return answer;
}

/** The sink is a process of its own, so that its CPU is not the subject's. */
export async function run(job) {
  const sink = startChild('./sink.mjs');
  try {
    const { port } = await ask(sink, { listen: { kind: job.kind, ends: job.ends } });
    const result = await runSubject({ ...job, port });
    const { count, lastAt } = await ask(sink, { expected: result.lines });
    const arrived = count / result.lines;
    if (job.until !== 'arrived') return { ...result, arrived };
    return { ...result, arrived, value: ((lastAt - result.startedAt) * 1000) / job.networkRecords };
  } finally {
    sink.send({ end: true });
    await new Promise((resolve) => sink.once('exit', resolve));
  }
}

async function send({ log, flush }, from, count) {
  for (let i = from; i < from + count; i++) {
    log(i);
    if (i % CHUNK === 0) await setImmediate();
  }
  await flush();
}

export async function measure(subject, job) {
  const { networkRecords: records } = job;
  const opened = await subject.network(job);
  const warm = Math.ceil(records / 10);
  await send(opened, 0, warm);
  const cpu = process.cpuUsage();
  const started = performance.now();
  const startedAt = performance.timeOrigin + started;
  await send(opened, warm, records);
  const ms = performance.now() - started;
  // The CPU time includes a thread that is still sending.
  if (job.until === 'arrived') await opened.close();
  const cpuUsed = cpuMs(cpu);
  if (job.until !== 'arrived') await opened.close();
  return { value: (ms * 1000) / records, cpu: (cpuUsed * 1000) / records, lines: warm + records, startedAt };
}

export function verify({ arrived }, { kind }) {
  const isEnough = kind === 'udp' ? arrived > 0 && arrived <= 1 : arrived === 1;
  if (!isEnough) throw new Error(`${arrived * 100} % of the records arrived`);
}

export function report(results) {
  const tables = [];
  const targets = [];
  for (const { variant, limit } of VARIANTS) {
    const values = results.of(variant);
    const cpu = results.of(variant, 'cpu');
    const arrived = results.of(variant, 'arrived');
    const python = values.get('python');
    const rows = [...values].map(([subject, value]) => [
      subject,
      short(value),
      short(cpu.get(subject)),
      times(value, python),
      `${(arrived.get(subject) * 100).toFixed(0)} %`,
    ]);
    tables.push(table([variant, 'µs a record', 'CPU µs', '÷ python', 'arrived'], rows));
    if (limit !== undefined && python !== undefined)
      targets.push(target(`${variant}: a third of CPython’s time`, values.get('ours') / python, limit));
  }
  return { tables, targets };
}
