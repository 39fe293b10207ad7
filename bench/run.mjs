/**
 * `node run.mjs [--quick | --smoke] [--section NAME] [--subject NAME] [--rounds N] [--dist DIR] [--other-node FILE]` measures,
 * prints the results and writes the sections into README.md. With `--other-node`, requests are also served under that Node.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { installOurs } from './harness/install-ours.mjs';
import { interleave } from './harness/interleave.mjs';
import { machine, pythonVersion } from './harness/machine.mjs';
import { PLANS } from './harness/plan.mjs';
import { page, sectionText } from './harness/report.mjs';
import { resultsOf } from './harness/results.mjs';
import { runChild } from './harness/run-child.mjs';
import { serveTogether } from './harness/serve-together.mjs';
import { hasWrk } from './harness/wrk.mjs';

const SECTIONS = [
  'emit',
  'disabled',
  'dropped',
  'dumped',
  'end-to-end',
  'growth',
  'in-flight',
  'rotation',
  'stall',
  'network',
  'queues',
  'redis',
];

const { values: flags } = parseArgs({
  options: {
    quick: { type: 'boolean' },
    smoke: { type: 'boolean' },
    section: { type: 'string', multiple: true },
    subject: { type: 'string', multiple: true },
    rounds: { type: 'string' },
    dist: { type: 'string' },
    'other-node': { type: 'string' },
  },
});

const planName = flags.smoke ? 'smoke' : flags.quick ? 'quick' : 'full';
const plan = { ...PLANS[planName], otherNode: flags['other-node'] };
const hasPython = pythonVersion() !== undefined;
let failures = 0;

function chosen(job) {
  if (job.subject === 'python' && !hasPython) return false;
  return flags.subject === undefined || flags.subject.includes(job.subject);
}

function onFailure(job, error) {
  failures++;
  console.error(`FAILED ${job.section}, ${job.variant}, ${job.subject}: ${error.message}`);
}

/** The subjects are servers, and wrk is there to send them their load. */
function areServed(section) {
  return section.isServed === true && plan.windows !== undefined && hasWrk;
}

async function runSection(name, directory) {
  const section = await import(`./sections/${name}.mjs`);
  const jobs = (await section.jobs(plan)).filter(chosen).map((job) => ({ ...plan, ...job }));
  const rounds = Number(flags.rounds ?? section.rounds?.[planName] ?? plan.rounds);
  const { verify } = section;
  const rows = areServed(section)
    ? await serveTogether(jobs, { rounds, directory, verify, onFailure })
    : await interleave(jobs, {
        rounds,
        directory,
        async run(job) {
          const result = await (section.run ?? runChild)(job);
          verify(result, job);
          return result;
        },
        onFailure,
      });
  return sectionText(section, section.report(resultsOf(rows)), {
    machine: machine(),
    plan: planName,
    rounds,
  });
}

installOurs(flags.dist ?? fileURLToPath(new URL('../dist', import.meta.url)));
const started = performance.now();
const directory = mkdtempSync(join(tmpdir(), 'hindsight-bench-'));
const sections = [];
try {
  for (const name of flags.section ?? SECTIONS) {
    const text = await runSection(name, directory);
    sections.push(text);
    if (planName !== 'smoke') console.log(`${text}\n`);
  }
} finally {
  rmSync(directory, { recursive: true, force: true });
}
if (planName !== 'smoke' && flags.subject === undefined) {
  const file = new URL('README.md', import.meta.url);
  const titles = await Promise.all(
    SECTIONS.map(async (name) => (await import(`./sections/${name}.mjs`)).title),
  );
  writeFileSync(file, page(readFileSync(file, 'utf8'), { machine: machine(), titles, sections }));
}
const seconds = Math.round((performance.now() - started) / 1000);
console.log(`${planName}: ${failures === 0 ? 'every line landed' : `${failures} failed`}, ${seconds} s`);
process.exitCode = failures === 0 ? 0 : 1;
