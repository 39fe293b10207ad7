import { describe, expect, it } from 'vitest';
import { directDescriptor, standardDescriptor, writeToSink, type TextSink } from '../../lib/internal/stdio';
import { runChild } from '../support/child';

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
  it('is that of stdout and stderr, whatever writes to them', () => {
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
  it('hands text to an object that has no descriptor', () => {
    const sink = new Recorder();

    writeToSink(sink, 'x\n');

    expect(sink.texts).toEqual(['x\n']);
  });

  it('has the bytes in the kernel when it returns, past what a pipe holds', async () => {
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

  it('throws what fails before the first byte, and leaves the next line as it is', async () => {
    const result = await runChild(`${FAULTS}
      faults.push('EPIPE');
      const codes = [write('first\\n'), write('second\\n')];
      process.stderr.write(codes.join());
    `);

    expect(result).toMatchObject({ stdout: 'second\n', stderr: 'EPIPE,' });
  });

  it('begins the next line as it is when a write ended with a line', async () => {
    const result = await runChild(`${FAULTS}
      faults.push(4, 'ENOSPC');
      const codes = [write('one\\ntwo\\n'), write('three\\n')];
      process.stderr.write(codes.join());
    `);

    expect(result).toMatchObject({ stdout: 'one\nthree\n', stderr: 'ENOSPC,' });
  });
});

describe('writeToDescriptor', () => {
  it('says how much of the text was written, without what ended the line before', async () => {
    const { stderr } = await runChild(`${FAULTS}
      const { writeToDescriptor } = lib('internal/stdio');
      const count = (text) => { try { writeToDescriptor(1, text); } catch (error) { return error.written; } };
      faults.push(3, 'ENOSPC', 3, 'ENOSPC');
      process.stderr.write(String([count('first\\n'), count('second\\n'), count('third\\n')]));
    `);

    expect(stderr).toBe('3,2,');
  });
});

describe('what is held back for a descriptor', () => {
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

  it('is written before somebody else holds something back', async () => {
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
