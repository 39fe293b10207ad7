/** Describes the machine and the versions of the measured packages. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, release, totalmem, type } from 'node:os';

const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));

export function pythonVersion() {
  try {
    return execFileSync('python3', ['--version'], { encoding: 'utf8' }).trim().replace('Python ', '');
  } catch {
    // Python is not installed: its rows are left out.
    return undefined;
  }
}

export function machine() {
  const [{ model }] = cpus();
  return {
    machine: `${model.trim()}, ${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GiB, ${type()} ${release()}`,
    node: process.version,
    python: pythonVersion() ?? 'not installed',
    packages: Object.entries(manifest.dependencies)
      .map(([name, version]) => `${name} ${version}`)
      .join(', '),
  };
}
