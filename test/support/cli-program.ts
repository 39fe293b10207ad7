/** Runs the program of the package, compiled from the sources. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { Child } from './child';
import { compiledLib } from './compiled-lib';

/** The child is killed when the test finishes. */
export async function startProgram(...args: readonly string[]): Promise<Child> {
  const main = join(await compiledLib(), 'cli/main.js');
  const { REDIS_URL: _theirs, ...environment } = process.env;
  const child = new Child(
    spawn(process.execPath, [main, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...environment, NODE_OPTIONS: '' },
    }),
  );
  onTestFinished(() => void child.process.kill('SIGKILL'));
  return child;
}
