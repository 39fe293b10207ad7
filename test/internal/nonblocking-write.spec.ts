import { describe, expect, it } from 'vitest';
import { runChild } from '../support/child';
import { compiledLib } from '../support/compiled-lib';

/** Fills stdout, which nobody reads, and says how that ended. */
const FILL = `
  const { writeNonBlocking } = lib('internal/nonblocking-write');
  const fs = require('node:fs');
  process.stdout;
  const fill = () => {
    try { for (;;) writeNonBlocking(1, 'x'.repeat(1000)); } catch (error) { return error.code; }
  };
  const isBlocking = () => {
    const flags = /flags:\\s+(\\d+)/.exec(fs.readFileSync('/proc/self/fdinfo/1', 'utf8'))[1];
    return (parseInt(flags, 8) & fs.constants.O_NONBLOCK) === 0;
  };
  const say = (value) => { fs.writeSync(2, JSON.stringify(value)); process.kill(process.pid, 'SIGKILL'); };
`;
/** Bash makes a pipe where Node's spawn would make a socket. */
const PIPE = ['bash', '-c', 'exec "$@" > >(exec sleep 5 >&- 2>&-)', 'bash'];
const RUN = `require('node:child_process').spawnSync('true', { stdio: 'inherit' });`;
const START = `require('node:child_process').spawn('sleep', ['3'], { stdio: ['ignore', 'inherit', 'ignore'] });`;

async function said(program: string, under: readonly string[] = []): Promise<unknown> {
  const { stderr } = await runChild(FILL + program, { under });
  return JSON.parse(stderr);
}

describe('writeNonBlocking', { timeout: 20_000 }, () => {
  it('returns the count of bytes', async () => {
    expect(await said(`say([writeNonBlocking(1, 'é'), writeNonBlocking(1, Buffer.from('abc'))]);`)).toEqual([
      2, 3,
    ]);
  });

  it('throws EAGAIN when a pipe is full that a child has made blocking', async () => {
    expect(await said(`${RUN} say([isBlocking(), fill(), isBlocking()]);`, PIPE)).toEqual([
      true,
      'EAGAIN',
      false,
    ]);
  });

  it('throws EAGAIN when a pipe is made blocking while it is full', async () => {
    expect(await said(`const first = fill(); ${RUN} say([first, fill()]);`, PIPE)).toEqual([
      'EAGAIN',
      'EAGAIN',
    ]);
  });

  it('leaves a pipe blocking for a child that runs', async () => {
    expect(await said(`${START} say([isBlocking(), fill(), isBlocking()]);`, PIPE)).toEqual([
      true,
      'EAGAIN',
      true,
    ]);
  });

  it('throws the error of a closed descriptor', async () => {
    expect(await said(`fs.closeSync(1); say(fill());`)).toBe('EBADF');
  });

  it('makes no pipe of a worker thread wait', async () => {
    const program = `
      const { Worker } = require('node:worker_threads');
      ${RUN}
      new Worker(\`
        const { parentPort, workerData } = require('node:worker_threads');
        const { writeNonBlocking } = require(workerData);
        try { for (;;) writeNonBlocking(1, 'x'.repeat(1000)); } catch (error) { parentPort.postMessage(error.code); }
      \`, { eval: true, workerData: require.resolve(process.argv[1]) }).on('message', say);`;
    const { stderr } = await runChild(FILL + program, {
      under: PIPE,
      args: [`${await compiledLib()}/internal/nonblocking-write`],
    });

    expect(stderr).toBe('"EAGAIN"');
  });
});
