import type * as fileSystem from 'node:fs';
import { readFileSync, renameSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { AppendBatch, type BatchTarget } from '../../../lib/handlers/files/append-batch';
import { IncompleteWriteError } from '../../../lib/internal/write-fully';
import { faults } from '../../internal/write-faults';
import { until } from '../../support/until';
import { newAppendFile, textOf } from './new-append-file';

vi.mock('node:fs', async (original) => {
  const { withWriteFaults } = await import('../../internal/write-faults.js');
  return withWriteFaults(await original<typeof fileSystem>());
});

beforeEach(() => {
  faults.length = 0;
});

function batchOf(
  target: BatchTarget,
  options: { bytes?: number; intervalMs?: number; onlyThisTurn?: boolean } = {},
): { batch: AppendBatch; kept: string[] } {
  const kept: string[] = [];
  const batch = new AppendBatch(target, {
    bytes: options.bytes ?? 1000,
    intervalMs: options.intervalMs ?? 60_000,
    onlyThisTurn: options.onlyThisTurn ?? false,
    onKept: ({ message }) => kept.push(message),
  });
  return { batch, kept };
}

/** A stream that takes so many bytes of the next write, or all. */
class ShortStream implements BatchTarget {
  readonly kind = 'stream';
  readonly encoding = { toBytes: (text: string) => text };
  readonly pieceBytes: number | undefined;
  readonly writes: string[] = [];
  takes: number | undefined;

  constructor(pieceBytes?: number) {
    this.pieceBytes = pieceBytes;
  }

  append(bytes: string | Buffer): void {
    const text = String(bytes);
    const { takes } = this;
    this.takes = undefined;
    this.writes.push(text.slice(0, takes));
    if (takes !== undefined) throw new IncompleteWriteError(takes, new Error('full'));
  }
}

describe('AppendBatch', () => {
  it('collects text before it writes, and counts waiting records', () => {
    const file = newAppendFile();
    const { batch } = batchOf(file, { bytes: 10 });

    batch.add('é\n');
    batch.add('two\n');
    expect([textOf(file), batch.records, batch.size]).toEqual(['', 2, 7]);

    batch.add('three\n');
    expect([textOf(file), batch.records, batch.size]).toEqual(['é\ntwo\nthree\n', 0, 0]);
    file.close();
  });

  it('writes text that waits longer than its interval', async () => {
    const file = newAppendFile();
    const { batch } = batchOf(file, { intervalMs: 2 });

    batch.add('patient\n');

    await until(() => textOf(file) === 'patient\n');
    expect(batch.records).toBe(0);
    file.close();
  });

  it('keeps text while the disk is full, and writes it in order later', () => {
    const file = newAppendFile();
    const { batch, kept } = batchOf(file);
    for (const line of ['one\n', 'two\n']) batch.add(line);
    faults.push(6, 'ENOSPC');

    batch.flush();
    expect(kept).toEqual(['1 records wait for the file and are tried again']);
    expect([batch.records, batch.size]).toEqual([1, 2]);
    batch.add('three\n');
    batch.close();

    expect(textOf(file)).toBe('one\ntwo\nthree\n');
    file.close();
  });

  it('does not try at every record while writes fail', () => {
    const file = newAppendFile();
    const { batch, kept } = batchOf(file, { bytes: 10 });
    faults.push('ENOSPC');

    batch.add('0123456789\n');
    expect(kept).toEqual(['1 records wait for the file and are tried again']);
    faults.push('EIO');
    batch.add('short\n');

    expect(faults).toEqual(['EIO']);
    faults.length = 0;
    batch.close();
    expect(textOf(file)).toBe('0123456789\nshort\n');
    file.close();
  });

  it('refuses records beyond its limit while writes fail', () => {
    const file = newAppendFile();
    const { batch } = batchOf(file, { bytes: 10 });
    faults.push(...Array.from({ length: 100 }, () => 'ENOSPC'));
    const refusals: string[] = [];

    for (let at = 0; at < 40; at++) {
      try {
        batch.add('0123456789\n');
      } catch (error) {
        if (error instanceof Error && error.message.includes('this one is lost'))
          refusals.push(error.message);
      }
    }

    expect(batch.records).toBe(14);
    expect(refusals).toHaveLength(26);
    expect(batch.size).toBeLessThanOrEqual(160);
    faults.length = 0;
    batch.close();
    expect(textOf(file)).toBe('0123456789\n'.repeat(14));
    file.close();
  });

  it('writes the end of a cut record before the file is replaced by another', () => {
    const file = newAppendFile();
    const { batch } = batchOf(file);
    for (const line of ['one\n', 'two\n', 'three\n']) batch.add(line);
    faults.push(6, 'ENOSPC');
    batch.flush();
    renameSync(file.path, `${file.path}.1`);

    faults.push('ENOSPC');
    expect(() => file.reopen()).toThrow('ENOSPC');
    file.reopen();
    batch.close();

    expect(readFileSync(`${file.path}.1`, 'utf8')).toBe('one\ntwo\n');
    expect(textOf(file)).toBe('three\n');
    file.close();
  });

  it('writes a whole record to another file when the file with its beginning is gone from its server', () => {
    const file = newAppendFile();
    const { batch } = batchOf(file);
    for (const line of ['one\n', 'two\n']) batch.add(line);
    faults.push(6, 'ENOSPC');
    batch.flush();
    renameSync(file.path, `${file.path}.1`);

    faults.push('ESTALE');
    batch.close();

    expect(textOf(file)).toBe('two\n');
    file.close();
  });

  it('continues after a cut byte order mark', () => {
    const file = newAppendFile({ encoding: 'utf-8-sig' });
    const { batch } = batchOf(file);
    batch.add('one\n');
    faults.push(1, 'ENOSPC', 1, 'ENOSPC');

    batch.flush();
    batch.flush();
    batch.close();

    expect(readFileSync(file.path).toString('hex')).toBe('efbbbf6f6e650a');
    file.close();
  });

  it('drops records at close with the count, and ends the cut line', () => {
    const file = newAppendFile();
    const { batch } = batchOf(file);
    batch.add('first\n');
    batch.add('second\n');
    faults.push(3, 'ENOSPC');

    expect(() => batch.close()).toThrow('2 records were lost at close');
    file.write('later\n');

    expect(textOf(file)).toBe('fir\nlater\n');
    file.close();
  });

  it('reports a failure in its timer and tries again with the next', async () => {
    const file = newAppendFile();
    const { batch, kept } = batchOf(file, { intervalMs: 2 });
    faults.push('EIO');

    batch.add('patient\n');

    await until(() => textOf(file) === 'patient\n');
    expect(kept).toEqual(['1 records wait for the file and are tried again']);
    batch.close();
    file.close();
  });

  it('keeps the order of bytes in an encoding that is not UTF-8', () => {
    const file = newAppendFile({ encoding: 'utf-16' });
    const { batch } = batchOf(file);
    batch.add('ab\n');
    faults.push('ok', 3, 'ENOSPC');

    batch.flush();
    expect(batch.size).toBe(3);
    batch.close();

    expect(readFileSync(file.path).toString('hex')).toBe('fffe610062000a00');
    file.close();
  });

  describe('for one turn of the event loop', () => {
    it('writes at the end of the turn, in one write, and in each turn again', async () => {
      const stream = new ShortStream();
      const { batch } = batchOf(stream, { onlyThisTurn: true });

      for (const line of ['one\n', 'two\n']) batch.add(line);
      await Promise.resolve().then(() => batch.add('three\n'));
      expect(stream.writes).toEqual([]);
      await nextTurn();
      batch.add('four\n');
      await nextTurn();

      expect(stream.writes).toEqual(['one\ntwo\nthree\n', 'four\n']);
    });

    it('does not wait for the end of a long turn', () => {
      const stream = new ShortStream();
      const { batch } = batchOf(stream, { onlyThisTurn: true });
      const work = (ms: number): void => {
        for (const end = performance.now() + ms; performance.now() < end;);
      };

      batch.add('one\n');
      work(60);
      batch.add('two\n');
      expect(stream.writes).toEqual(['one\ntwo\n']);
      work(60);
      batch.add('three\n');

      expect(stream.writes).toEqual(['one\ntwo\n', 'three\n']);
    });

    it('writes within the turn when enough text waits', () => {
      const stream = new ShortStream();
      const { batch } = batchOf(stream, { bytes: 10, onlyThisTurn: true });

      for (const line of ['one\n', 'two\n', 'three\n', 'four\n']) batch.add(line);

      expect(stream.writes).toEqual(['one\ntwo\nthree\n']);
      batch.close();
    });

    it('does not try in each turn while writing fails, but after its interval', async () => {
      const stream = new ShortStream();
      const { batch, kept } = batchOf(stream, { onlyThisTurn: true, intervalMs: 30 });
      stream.takes = 0;

      batch.add('one\n');
      await nextTurn();
      expect(kept).toEqual(['1 records wait for the stream and are tried again']);
      batch.add('two\n');
      await nextTurn();
      expect(stream.writes).toEqual(['']);

      await until(() => stream.writes.length === 2);
      expect(stream.writes).toEqual(['', 'one\ntwo\n']);
    });
  });

  describe('to a pipe', () => {
    it('writes pieces of whole texts that are not longer than a piece', () => {
      const stream = new ShortStream(8);
      const { batch } = batchOf(stream);

      for (const line of ['ééé\n', '2\n', '3\n', 'longer than a piece\n', '5\n', '6\n']) batch.add(line);
      batch.flush();

      expect(stream.writes).toEqual(['ééé\n', '2\n3\n', 'longer than a piece\n', '5\n6\n']);
      expect(batch.records).toBe(0);
    });

    it('keeps unwritten pieces', () => {
      const stream = new ShortStream(4);
      const { batch, kept } = batchOf(stream);
      for (const line of ['one\n', 'two\n', 'six\n']) batch.add(line);
      const { append } = stream;
      stream.append = (text) => {
        if (text === 'two\n') throw new Error('full');
        append.call(stream, text);
      };

      batch.flush();
      expect(kept).toEqual(['2 records wait for the stream and are tried again']);
      stream.append = append;
      batch.flush();

      expect(stream.writes).toEqual(['one\n', 'two\n', 'six\n']);
    });
  });

  it('writes a text that a stream has cut again, as a whole', () => {
    const stream = new ShortStream();
    const { batch } = batchOf(stream);
    for (const line of ['one\n', 'two\n']) batch.add(line);
    stream.takes = 6;

    batch.flush();
    expect(batch.records).toBe(1);
    batch.flush();

    expect(stream.writes).toEqual(['one\ntw', 'two\n']);
  });
});
