/** Runs a program in a child process, which may crash, be killed, or have its output closed. */
import { spawn, type ChildProcess, type StdioOptions } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { compiledLib } from './compiled-lib';
import type { OnFinished } from './temp-dir';

export interface ChildOptions {
  readonly stdio?: StdioOptions;
  readonly env?: Readonly<Record<string, string>>;
  /** Arguments of the program, from `process.argv[1]`. */
  readonly args?: readonly string[];
  readonly cwd?: string;
  /** A command that runs the program, such as `['strace', '-f']`. */
  readonly under?: readonly string[];
  /** That of the test context, in tests that run concurrently. @defaultValue the one of the running test */
  readonly onFinished?: OnFinished;
}

export interface ChildResult {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A child process with its output so far. */
export class Child {
  readonly process: ChildProcess;
  stdout = '';
  stderr = '';
  readonly #closed: Promise<unknown[]>;

  constructor(process: ChildProcess) {
    this.process = process;
    process.stdout?.setEncoding('utf8').on('data', (text: string) => (this.stdout += text));
    process.stderr?.setEncoding('utf8').on('data', (text: string) => (this.stderr += text));
    this.#closed = once(process, 'close');
  }

  /** Resolves when the child has ended and its output has been read. */
  async ended(): Promise<ChildResult> {
    await this.#closed;
    const { exitCode, signalCode } = this.process;
    return { code: exitCode, signal: signalCode, stdout: this.stdout, stderr: this.stderr };
  }

  kill(signal: NodeJS.Signals): void {
    this.process.kill(signal);
  }
}

/**
 * Starts a CommonJS program. In it `lib('core/manager')` loads a module of the library by its path below `lib/`.
 * The child is killed when the test finishes.
 */
export async function startChild(program: string, options: ChildOptions = {}): Promise<Child> {
  const directory = await compiledLib();
  const source = `const lib = (path) => require(${JSON.stringify(directory)} + '/' + path);\n${program}`;
  const [command = process.execPath, ...rest] = [
    ...(options.under ?? []),
    process.execPath,
    '-e',
    source,
    ...(options.args ?? []),
  ];
  const child = new Child(
    spawn(command, rest, {
      stdio: options.stdio ?? ['ignore', 'pipe', 'pipe'],
      cwd: options.cwd ?? join(__dirname, '../..'),
      env: { ...process.env, NODE_OPTIONS: '', ...options.env },
    }),
  );
  (options.onFinished ?? onTestFinished)(() => void child.process.kill('SIGKILL'));
  return child;
}

/** Runs a program from a file, as `runChild()` does. */
export async function runProgram(path: string, options: ChildOptions = {}): Promise<ChildResult> {
  return runChild(readFileSync(path, 'utf8'), options);
}

/** Starts a program and waits for its end. */
export async function runChild(program: string, options: ChildOptions = {}): Promise<ChildResult> {
  const child = await startChild(program, options);
  return child.ended();
}
