/** Runs the command-line program of the package, compiled from the sources. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { Child } from './child';
import { compiledLib } from './compiled-lib';

/** The child is killed when the test finishes. */
export async function startProgram(...args: readonly string[]): Promise<Child> {
  return start(process.execPath, [await mainFile(), ...args]);
}

/** The same on a terminal. All of its output, to stdout or stderr, is in `stdout`. */
export async function startOnTerminal(...args: readonly string[]): Promise<Child> {
  const command = [process.execPath, await mainFile(), ...args].map((part) => `'${part}'`).join(' ');
  return start('script', ['--quiet', '--return', '--command', command, '/dev/null']);
}

async function mainFile(): Promise<string> {
  return join(await compiledLib(), 'cli/main.js');
}

function start(command: string, args: readonly string[]): Child {
  const { REDIS_URL: _theirs, ...environment } = process.env;
  const child = new Child(
    spawn(command, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...environment, NODE_OPTIONS: '' },
    }),
  );
  onTestFinished(() => void child.process.kill('SIGKILL'));
  return child;
}
