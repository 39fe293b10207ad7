/** Programs for the python3 of the machine: run to their end, or kept running for a test. */
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { onTestFinished } from 'vitest';

function start(program: string, args: readonly (string | number)[]): ChildProcessWithoutNullStreams {
  const child = spawn('python3', ['-c', program, ...args.map(String)], {
    env: { ...process.env, PYTHONIOENCODING: 'utf-8' },
  });
  child.stdout.setEncoding('utf8');
  child.stderr.setEncoding('utf8');
  // A program that ends before it has read its input is judged by what it prints.
  child.stdin.on('error', () => undefined);
  return child;
}

/** Runs a program to its end and returns what it printed; rejects with its traceback when it fails. */
export async function runPython(
  program: string,
  { args = [], input = '' }: { readonly args?: readonly (string | number)[]; readonly input?: string } = {},
): Promise<string> {
  const child = start(program, args);
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (text: string) => (stdout += text));
  child.stderr.on('data', (text: string) => (stderr += text));
  child.stdin.end(input);
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`python3 ended with ${code ?? 'a signal'}:\n${stderr}`);
  return stdout;
}

/** A program that runs until the test has finished; it ends when its stdin does. */
export class PythonProgram {
  readonly #child: ChildProcessWithoutNullStreams;
  #stdout = '';
  stderr = '';

  constructor(program: string, args: readonly (string | number)[] = []) {
    this.#child = start(program, args);
    this.#child.stdout.on('data', (text: string) => (this.#stdout += text));
    this.#child.stderr.on('data', (text: string) => (this.stderr += text));
    onTestFinished(async () => this.stop());
  }

  /** The whole lines that it has printed, each a JSON value. */
  get printed(): unknown[] {
    return this.#stdout
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as unknown);
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const closed = once(this.#child, 'close');
    this.#child.kill(signal);
    await closed;
  }
}
