/** Builds the sample once for its specs, from the packed library, and checks the types of the specs. */
import { execFileSync } from 'node:child_process';
import { prepare } from '../prepare.mjs';

export default function setup(): void {
  prepare();
  const compiler = require.resolve('typescript/bin/tsc');
  execFileSync(process.execPath, [compiler, '-p', __dirname], { stdio: 'inherit' });
}
