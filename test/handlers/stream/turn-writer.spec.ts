import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { TurnWriter } from '../../../lib/handlers/stream/turn-writer';
import { runChild } from '../../support/child';
import { tempDir } from '../../support/temp-dir';
import { until } from '../../support/until';

/** Keeps what it is given, and what is done with it. */
class Recorder {
  readonly calls: string[] = [];
  failure: string | undefined;

  write(text: string): void {
    if (this.failure !== undefined) throw new Error(this.failure);
    this.calls.push(text);
  }
}

function writerOn(stream: { write(text: string): unknown }): { writer: TurnWriter; calls: string[] } {
  const calls: string[] = [];
  const writer = new TurnWriter(stream, {
    afterWrite: () => calls.push('<flush>'),
    onKept: ({ message }) => calls.push(message),
  });
  return { writer, calls };
}

describe('TurnWriter', () => {
  it('writes the lines of a turn at its end, then flushes', async () => {
    const stream = new Recorder();
    const { writer, calls } = writerOn(stream);

    for (const line of ['a\n', 'b\n']) writer.add(line);
    expect(stream.calls).toEqual([]);
    await nextTurn();

    expect([stream.calls, calls]).toEqual([['a\nb\n'], ['<flush>']]);
  });

  it('collects at most 64 KiB', () => {
    const stream = new Recorder();
    const { writer } = writerOn(stream);
    const line = `${'x'.repeat(1023)}\n`;

    for (let at = 0; at < 100; at++) writer.add(line);

    expect(stream.calls).toEqual([line.repeat(64)]);
    writer.close();
    expect(stream.calls[1]).toBe(line.repeat(36));
  });

  it('reports a failure of the stream, and writes the text later', async () => {
    const stream = new Recorder();
    const { writer, calls } = writerOn(stream);
    stream.failure = 'EIO';

    writer.add('a\n');
    await nextTurn();
    stream.failure = undefined;
    writer.add('b\n');
    await nextTurn();
    expect([stream.calls, calls]).toEqual([[], ['1 records wait for the stream and are tried again']]);

    await until(() => stream.calls.length > 0);
    expect(stream.calls).toEqual(['a\nb\n']);
  });

  it('drops records at close, with the count', () => {
    const stream = new Recorder();
    const { writer } = writerOn(stream);
    stream.failure = 'EIO';
    for (const line of ['a\n', 'b\n']) writer.add(line);

    expect(() => writer.close()).toThrow('2 records were lost at close');
  });

  it('refuses records that the stream logs during a write', () => {
    const refusals: unknown[] = [];
    const stream = new Recorder();
    const { writer } = writerOn({
      write(text: string) {
        stream.write(text);
        try {
          writer.add('from inside\n');
        } catch (error) {
          refusals.push(error instanceof Error && error.message);
        }
        writer.flush();
      },
    });

    writer.add('a\n');
    writer.flush();
    writer.close();

    expect(stream.calls).toEqual(['a\n']);
    expect(refusals).toEqual(['logged by the stream itself during a write']);
  });

  it('writes 4 KiB at a time to a pipe, and all at once to a file', async () => {
    const program = `
      const fs = require('node:fs');
      const { writeSync } = fs;
      const sizes = [];
      fs.writeSync = (fd, text) => { sizes.push(Buffer.byteLength(text)); return writeSync(fd, text); };
      const { TurnWriter } = lib('handlers/stream/turn-writer');
      const writer = new TurnWriter(process.stdout, {});
      for (let at = 0; at < 100; at++) writer.add('x'.repeat(99) + '\\n');
      writer.flush();
      process.stderr.write(sizes.join());
    `;

    const toPipe = await runChild(program, { under: ['sh', '-c', '"$@" | cat', 'sh'] });
    const file = join(tempDir(), 'out');
    const toFile = await runChild(program, { under: ['sh', '-c', `"$@" > ${file}`, 'sh'] });

    expect(toPipe.stderr).toBe('4000,4000,2000');
    expect(toFile.stderr).toBe('10000');
  });

  it('keeps the order of the lines of several handlers on stdout', async () => {
    const { stdout } = await runChild(`
      const { TurnWriter } = lib('handlers/stream/turn-writer');
      const { writeToSink } = lib('internal/stdio');
      const [one, two] = [new TurnWriter(process.stdout, {}), new TurnWriter(process.stdout, {})];
      one.add('1\\n'); one.add('2\\n'); two.add('3\\n'); one.add('4\\n');
      writeToSink(process.stdout, '5\\n');
      two.add('6\\n');
      two.flush();
    `);

    expect(stdout).toBe('1\n2\n3\n4\n5\n6\n');
  });
});

const PROGRAM = `
const { keepConsoleOrder } = lib('handlers/stream/turn-writer');
const { holdBack, endHoldingBack, writeToDescriptor } = lib('internal/stdio');
const { channel } = require('node:diagnostics_channel');
keepConsoleOrder();
keepConsoleOrder();
const heldBack = (fd, text) => {
  const write = () => { endHoldingBack(fd, write); writeToDescriptor(fd, text); };
  holdBack(fd, write);
};
heldBack(1, 'held back\\n');
heldBack(2, 'held back too\\n');
`;

describe('keepConsoleOrder', () => {
  it('writes the text that is held back before a line of console, once', async () => {
    const { stdout, stderr } = await runChild(`${PROGRAM}
      for (const name of ['log', 'log', 'error']) channel('console.' + name).publish(['line']);`);

    expect({ stdout, stderr }).toEqual({ stdout: 'held back\n', stderr: 'held back too\n' });
  });

  it('does not affect the other stream', async () => {
    const { stdout, stderr } = await runChild(`${PROGRAM}channel('console.warn').publish(['line']);`);

    expect({ stdout, stderr }).toEqual({ stdout: '', stderr: 'held back too\n' });
  });
});
