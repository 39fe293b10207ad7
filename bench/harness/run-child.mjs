/** Runs one job in a new process and returns its result. */
import { execFileSync, fork } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

/** A subject that takes longer hangs: its last line was never written. */
const TIMEOUT_MS = 120_000;

/** `node`: the Node program that runs it. */
export function startChild(module, { file, execArgv = [], node = process.execPath } = {}) {
  const stdout = file === undefined ? 'ignore' : openSync(file, 'a');
  const stdio = ['ignore', stdout, 'inherit', 'ipc'];
  const child = fork(here(module), { stdio, execArgv, execPath: node });
  if (stdout !== 'ignore') closeSync(stdout);
  return child;
}

/** The next message of the child; rejects if the child ends, fails or hangs. */
export function nextMessage(child) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => child.kill('SIGKILL'), TIMEOUT_MS);
    const onExit = (code, signal) => reject(new Error(`ended with ${signal ?? code} before it answered`));
    child.once('exit', onExit);
    child.once('message', (message) => {
      clearTimeout(timer);
      child.off('exit', onExit);
      if (message.error === undefined) resolve(message.result);
      else reject(new Error(message.error));
    });
  });
}

function runPython(job) {
  const output = execFileSync('python3', [here('../subjects/python.py'), JSON.stringify(job)], {
    encoding: 'utf8',
    timeout: TIMEOUT_MS,
  });
  return JSON.parse(output);
}

export async function runChild(job) {
  if (job.subject === 'python') return runPython(job);
  const profile =
    process.env.BENCH_CPU_PROF === undefined
      ? []
      : ['--cpu-prof', '--cpu-prof-dir', process.env.BENCH_CPU_PROF];
  const child = startChild('./child.mjs', { file: job.file, execArgv: ['--expose-gc', ...profile] });
  child.send(job);
  const result = await nextMessage(child);
  await new Promise((resolve) => (child.exitCode === null ? child.once('exit', resolve) : resolve()));
  return result;
}
