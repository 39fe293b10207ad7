/** Runs scripts of package.json at the same time. Prints the output of each when it ends, and fails if one fails. */
import { spawn } from 'node:child_process';

async function run(script) {
  const begun = performance.now();
  // On Windows npm is a script that only a shell can start. The names are our own.
  const child = spawn('npm', ['run', '--silent', script], {
    stdio: ['ignore', 'pipe', 'pipe'],
    shell: process.platform === 'win32',
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => (output += text));
  }
  const code = await new Promise((resolve) => child.on('close', resolve));
  const seconds = Math.round((performance.now() - begun) / 1000);
  console.log(`${output}${code === 0 ? 'passed' : 'FAILED'}: npm run ${script} (${seconds} s)`);
  return code === 0;
}

const passed = await Promise.all(process.argv.slice(2).map(run));
if (passed.includes(false)) process.exitCode = 1;
