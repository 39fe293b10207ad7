/**
 * `npm run fuzz` builds first, then runs all parsers and formatters with random and hostile inputs. Each case must follow the
 * rules of its subject and take at most 50 ms. Prints the seed, and for each finding the case and its input as JavaScript,
 * which can be pasted into a spec. Ends with 1 if there are findings.
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

/** A fuzzer has a name, `make` creates the source of an input, and `check` returns the problem of the result, if any. */
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
/** The fastest of these attempts counts, because a busy machine and the first run of a function are slow. */
const TRIES = 4;
/** Time for one fuzzer before the next one runs, in ms. */
const SLICE_MS = 200;
/** A fuzzer stops after this many findings. */
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

/** Runs one case. Returns its problem, if any, and its duration. */
async function check(fuzzer, source) {
  // Inputs are source, because values with getters or cycles have no other form that can be pasted.
  let input;
  try {
    input = runInThisContext(`(${source})`);
  } catch {
    // Not every value can be combined with every other.
    return { problem: undefined, ms: 0 };
  }
  const start = performance.now();
  let result;
  try {
    result = await fuzzer.check(input);
  } catch (error) {
    result = `threw ${error?.stack ?? String(error)}`;
  }
  // An asynchronous check measures its time itself.
  return typeof result === 'object' ? result : { problem: result, ms: performance.now() - start };
}

/** Runs case `number`. Returns its problem, if any, and its input. */
async function runCase(fuzzer, number) {
  const source = fuzzer.make(randomOf(`${seed} ${fuzzer.name} ${number}`));
  const { problem, ms } = await check(fuzzer, source);
  if (problem !== undefined || ms <= LIMIT_MS) return { problem, source };
  let fastest = ms;
  for (let i = 1; i < TRIES; i++) fastest = Math.min(fastest, (await check(fuzzer, source)).ms);
  return { problem: fastest > LIMIT_MS ? `took ${Math.round(fastest)} ms` : undefined, source };
}

/** Findings that differ only in numbers and quoted texts are of the same kind. */
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
// Resources that a finding left open must not keep the process alive.
process.exit(states.some(({ kinds }) => kinds.size > 0) ? 1 : 0);
