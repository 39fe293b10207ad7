/**
 * `npm run fuzz`, which builds first: random and hostile inputs for all that is parsed and printed. Each case must keep
 * the rules of its subject and take at most 50 ms. Prints the seed, and for each finding the case and its input as
 * JavaScript, for a spec. Ends with 1 when there are findings.
 *
 * `node test/fuzz/run.mjs [--seed N] [--minutes M] [--case N] [name …]`
 */
import { parseArgs } from 'node:util';
import { runInThisContext } from 'node:vm';
import { dictConfigs } from './dict-configs.mjs';
import { formatStrings } from './format-strings.mjs';
import { jsonLines } from './json-lines.mjs';
import { frames, pickles } from './pickles.mjs';
import { randomOf } from './random.mjs';
import { requestIds } from './request-ids.mjs';
import { syslogMessages } from './syslog-messages.mjs';
import { textLines } from './text-lines.mjs';

/** Each has a name, makes the source of an input from random numbers, and says what is wrong with what came of it. */
const FUZZERS = [
  pickles,
  frames,
  jsonLines,
  textLines,
  syslogMessages,
  formatStrings,
  dictConfigs,
  requestIds,
];

const LIMIT_MS = 50;
/** A busy machine and the first run of a function are slow: what counts is the fastest of these. */
const TRIES = 4;
/** In turn, so that each fuzzer gets the same time. */
const SLICE_MS = 200;
/** Of one fuzzer: then it has enough to mend. */
const MOST_FINDINGS = 5;

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: { seed: { type: 'string' }, minutes: { type: 'string', default: '4' }, case: { type: 'string' } },
});
const seed = Number(flags.seed ?? Date.now() % 1_000_000_000);
const unknown = positionals.filter((name) => !FUZZERS.some((fuzzer) => fuzzer.name === name));
if (unknown.length > 0 || !Number.isSafeInteger(seed)) {
  console.error(
    `--seed takes an integer, and the names are ${FUZZERS.map(({ name }) => name).join(', ')}; got ${unknown.join(', ')}.`,
  );
  process.exit(2);
}
const chosen = FUZZERS.filter(({ name }) => positionals.length === 0 || positionals.includes(name));

/** What is wrong, and how long it took. */
async function judge(fuzzer, source) {
  // Values with getters or cycles have no other form that can be pasted.
  let input;
  try {
    input = runInThisContext(`(${source})`);
  } catch {
    // Not every value lets itself be put together with every other.
    return { problem: undefined, ms: 0 };
  }
  const start = performance.now();
  let result;
  try {
    result = await fuzzer.check(input);
  } catch (error) {
    result = `threw ${error?.stack ?? String(error)}`;
  }
  // A check that waits takes the time itself.
  return typeof result === 'object' ? result : { problem: result, ms: performance.now() - start };
}

/** What is wrong with case `number`, and its input. */
async function runCase(fuzzer, number) {
  const source = fuzzer.make(randomOf(`${seed} ${fuzzer.name} ${number}`));
  const { problem, ms } = await judge(fuzzer, source);
  if (problem !== undefined || ms <= LIMIT_MS) return { problem, source };
  let fastest = ms;
  for (let i = 1; i < TRIES; i++) fastest = Math.min(fastest, (await judge(fuzzer, source)).ms);
  return { problem: fastest > LIMIT_MS ? `took ${Math.round(fastest)} ms` : undefined, source };
}

/** Two findings that differ in numbers and quoted texts only are one. */
function kindOf(problem) {
  return problem.split('\n', 1)[0].replaceAll(/\d+|"[^]*"|'[^]*'/g, '#');
}

function print(fuzzer, number, { problem, source }) {
  console.log(`\n${fuzzer.name}: ${problem}`);
  console.log(`  again: npm run fuzz -- --seed ${seed} --case ${number} ${fuzzer.name}`);
  console.log(`  input: ${source}`);
}

const states = chosen.map((fuzzer) => ({ fuzzer, next: 0, kinds: new Set() }));

async function runSlice(state) {
  const end = performance.now() + SLICE_MS;
  while (performance.now() < end && state.kinds.size < MOST_FINDINGS) {
    const number = state.next++;
    const result = await runCase(state.fuzzer, number);
    if (result.problem === undefined || state.kinds.has(kindOf(result.problem))) continue;
    state.kinds.add(kindOf(result.problem));
    print(state.fuzzer, number, result);
  }
}

console.log(`fuzz: seed ${seed}`);
if (flags.case === undefined) {
  const end = performance.now() + Number(flags.minutes) * 60_000;
  while (performance.now() < end && states.some(({ kinds }) => kinds.size < MOST_FINDINGS))
    for (const state of states) await runSlice(state);
} else {
  for (const state of states) {
    const number = Number(flags.case);
    const result = await runCase(state.fuzzer, number);
    print(state.fuzzer, number, { ...result, problem: result.problem ?? 'nothing found' });
    if (result.problem !== undefined) state.kinds.add(result.problem);
  }
}
for (const { fuzzer, next, kinds } of states) {
  await fuzzer.end?.();
  if (flags.case === undefined) console.log(`${fuzzer.name}: ${next} cases, ${kinds.size} kinds of findings`);
}
// What a finding left open must not keep the process alive.
process.exit(states.some(({ kinds }) => kinds.size > 0) ? 1 : 0);
