import { describe, expect, it } from 'vitest';
import { AppendBatch } from '../../lib/internal/append-batch';
import { FileSink } from '../../lib/internal/file-sink';
import { newAppendFile, textOf } from './new-append-file';

function newSink(): FileSink {
  return new FileSink(newAppendFile());
}

function useBatch(sink: FileSink): AppendBatch {
  const batch = new AppendBatch(sink.file, {
    bytes: 1000,
    intervalMs: 60_000,
    onKept: (error) => {
      throw error;
    },
  });
  sink.batch = batch;
  return batch;
}

describe('FileSink', () => {
  it('bears the path of its file as its name', () => {
    const sink = newSink();

    expect(sink.name).toBe(sink.file.path);
    sink.file.close();
  });

  it('has text in the file when the write returns', () => {
    const sink = newSink();

    sink.write('one\n');

    expect(textOf(sink.file)).toBe('one\n');
    sink.file.close();
  });

  it('writes through a batch when it has one', () => {
    const sink = newSink();
    const batch = useBatch(sink);

    sink.write('one\n');
    expect(textOf(sink.file)).toBe('');

    batch.close();
    expect(textOf(sink.file)).toBe('one\n');
    sink.file.close();
  });

  it.each([false, true])('shows each text before it is written (in a batch: %s)', (inBatch) => {
    const sink = newSink();
    const batch = inBatch ? useBatch(sink) : undefined;
    const seen: string[] = [];
    sink.beforeWrite = (text) => seen.push(`${text.trim()} after ${textOf(sink.file).length}`);

    sink.write('one\n');
    batch?.flush();
    sink.write('two\n');

    expect(seen).toEqual(['one after 0', 'two after 4']);
    batch?.close();
    sink.file.close();
  });
});
