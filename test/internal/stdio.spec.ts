import { describe, expect, it } from 'vitest';
import { directDescriptor, standardDescriptor, writeToSink, type TextSink } from '../../lib/internal/stdio';
import { runChild } from '../support/child';
import { compiledLib } from '../support/compiled-lib';

/** Makes the next calls of writeSync take so many bytes, or fail with a code. */
const FAULTS = `
  const fs = require('node:fs');
  const { writeSync } = fs;
  const faults = [];
  fs.writeSync = (fd, data) => {
    const fault = faults.shift();
    if (fault === undefined) return writeSync(fd, data);
    if (typeof fault === 'number') return writeSync(fd, Buffer.from(data).subarray(0, fault));
    throw Object.assign(new Error(fault), { code: fault });
  };
  const { writeToSink } = lib('internal/stdio');
  const write = (text) => {
    try { writeToSink(process.stdout, text); } catch (error) { return error.code; }
  };
`;

class Recorder implements TextSink {
  readonly texts: string[] = [];

  constructor(readonly fd?: number) {}

  write(text: string): void {
    this.texts.push(text);
  }
}

describe('standardDescriptor', () => {
  it('is the one of stdout and stderr, even with a replaced write', () => {
    const replaced = Object.assign(new Recorder(2), { write: () => 0 });

    expect([new Recorder(1), replaced, new Recorder(5), new Recorder()].map(standardDescriptor)).toEqual([
      1,
      2,
      undefined,
      undefined,
    ]);
  });
});

describe('directDescriptor', () => {
  it.each<[string, TextSink, number | undefined]>([
    ['stdout', new Recorder(1), 1],
    ['stderr', new Recorder(2), 2],
    ['another descriptor', new Recorder(5), undefined],
    ['an object without one', new Recorder(), undefined],
    [
      'stdout with a write of its own, as a spy puts there',
      Object.assign(new Recorder(1), { write: () => 0 }),
      undefined,
    ],
  ])('of %s', (_what, sink, fd) => {
    expect(directDescriptor(sink)).toBe(fd);
  });
});

describe('writeToSink', () => {
  it('passes text to an object without a descriptor', () => {
    const sink = new Recorder();

    writeToSink(sink, 'x\n');

    expect(sink.texts).toEqual(['x\n']);
  });

  it('has the bytes in the kernel when it returns, even more than a pipe holds', async () => {
    const result = await runChild(`
      const { writeToSink } = lib('internal/stdio');
      for (let i = 0; i < 300; i++) writeToSink(i % 2 ? process.stdout : process.stderr, 'é'.repeat(500) + '\\n');
      process.kill(process.pid, 'SIGKILL');
    `);

    expect([result.stdout.length, result.stderr.length]).toEqual([150 * 501, 150 * 501]);
  });

  it('ends a line that was cut before the next one, and throws the cause', async () => {
    const result = await runChild(`${FAULTS}
      faults.push(3, 'ENOSPC');
      const codes = [write('first\\n'), write('second\\n'), write('third\\n')];
      process.stderr.write(codes.join());
    `);

    expect(result).toMatchObject({ stdout: 'fir\nsecond\nthird\n', stderr: 'ENOSPC,,' });
  });

  it('throws an error before the first byte, and does not change the next line', async () => {
    const result = await runChild(`${FAULTS}
      faults.push('EPIPE');
      const codes = [write('first\\n'), write('second\\n')];
      process.stderr.write(codes.join());
    `);

    expect(result).toMatchObject({ stdout: 'second\n', stderr: 'EPIPE,' });
  });

  it('does not change the next line if the write ended with a whole line', async () => {
    const result = await runChild(`${FAULTS}
      faults.push(4, 'ENOSPC');
      const codes = [write('one\\ntwo\\n'), write('three\\n')];
      process.stderr.write(codes.join());
    `);

    expect(result).toMatchObject({ stdout: 'one\nthree\n', stderr: 'ENOSPC,' });
  });
});

describe('writeToDescriptor', () => {
  it('reports how much of the text was written, without the newline before it', async () => {
    const { stderr } = await runChild(`${FAULTS}
      const { writeToDescriptor } = lib('internal/stdio');
      const count = (text) => { try { writeToDescriptor(1, text); } catch (error) { return error.written; } };
      faults.push(3, 'ENOSPC', 3, 'ENOSPC');
      process.stderr.write(String([count('first\\n'), count('second\\n'), count('third\\n')]));
    `);

    expect(stderr).toBe('3,2,');
  });
});

describe('text that is held back for a descriptor', () => {
  const HELD_BACK = `
    const { endHoldingBack, holdBack, writeToSink } = lib('internal/stdio');
    const heldBack = (text) => {
      const write = () => { endHoldingBack(1, write); writeToSink(process.stdout, text); };
      return write;
    };
  `;

  it('is written before anything else', async () => {
    const { stdout } = await runChild(`${HELD_BACK}
      holdBack(1, heldBack('held back\\n'));
      writeToSink(process.stderr, 'not this');
      writeToSink(process.stdout, 'next\\n');
      writeToSink(process.stdout, 'last\\n');
    `);

    expect(stdout).toBe('held back\nnext\nlast\n');
  });

  it('is written before another text is held back', async () => {
    const { stdout } = await runChild(`${HELD_BACK}
      const one = heldBack('one\\n');
      holdBack(1, one);
      holdBack(1, one);
      holdBack(1, heldBack('two\\n'));
      process.stdout.write('-\\n');
      writeToSink(process.stdout, 'three\\n');
    `);

    expect(stdout).toBe('one\n-\ntwo\nthree\n');
  });
});

/** Fills stdout, which nobody reads, and says how that ended. */
const FILL = `
  const { writeNonBlocking } = lib('internal/stdio');
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

  it('throws EAGAIN when a pipe is full that a child process made blocking', async () => {
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

  it('does not wait for a full pipe in a worker thread', async () => {
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
      args: [`${await compiledLib()}/internal/stdio`],
    });

    expect(stderr).toBe('"EAGAIN"');
  });
});
