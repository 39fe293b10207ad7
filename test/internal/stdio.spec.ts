import { describe, expect, it } from 'vitest';
import { directDescriptor, writeToSink, type TextSink } from '../../lib/internal/stdio';
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
});
