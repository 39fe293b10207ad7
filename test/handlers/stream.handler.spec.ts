import { EventEmitter } from 'node:events';
import { PassThrough, Writable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { LogRecord } from '../../lib/core/log-record';
import { openHandlers } from '../../lib/core/handler';
import { ConfigurationError } from '../../lib/errors';
import { StreamHandler, type LogStream } from '../../lib/handlers';
import { handlerContract } from '../../lib/testing';
import { capturedStderr } from '../support/captured-stderr';
import { some } from '../support/some';
import { until } from '../support/until';
import { linesOf } from '../support/lines';

/** Keeps what it was told instead of printing it. */
class QuietStreamHandler extends StreamHandler {
  readonly failures: string[] = [];

  override handleError(record: LogRecord, error: unknown): void {
    this.failures.push(`${record.getMessage()}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** The smallest stream there is. */
class MemoryStream implements LogStream {
  readonly calls: string[] = [];

  write(text: string): void {
    this.calls.push(text);
  }
}

class FlushedStream extends MemoryStream {
  flush(): void {
    this.calls.push('<flush>');
  }
}

/** Holds each write until `take()` is called. */
class SlowWritable extends Writable {
  readonly taken: string[] = [];
  #next: (() => void) | undefined;

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#next = () => {
      this.taken.push(chunk.toString());
      done();
    };
  }

  take(): void {
    this.#next?.();
  }
}

function failingWritable(message: string): Writable {
  return new Writable({ write: (_chunk, _encoding, done) => done(new Error(message)) });
}

describe('StreamHandler', () => {
  afterEach(() => {
    vi.restoreAllMocks();
  });

  const plain = {
    create: (options: object) => new StreamHandler(new MemoryStream(), options),
    read: ({ stream }: StreamHandler) =>
      linesOf(stream instanceof MemoryStream ? stream.calls.join('') : 'not a MemoryStream'),
  };
  for (const { title, run } of handlerContract('StreamHandler on an object', plain)) it(title, run);

  const turnWise = {
    ...plain,
    create: (options: object) => new StreamHandler(new MemoryStream(), { ...options, buffer: 'turn' }),
  };
  for (const { title, run } of handlerContract('StreamHandler with a buffer', turnWise)) it(title, run);

  const onNode = (options: object): StreamHandler => {
    const chunks: Buffer[] = [];
    const stream = new PassThrough().on('data', (chunk: Buffer) => chunks.push(chunk));
    return new StreamHandler(Object.assign(stream, { chunks }), options);
  };
  const node = {
    create: onNode,
    read: ({ stream }: StreamHandler) =>
      linesOf('chunks' in stream && Array.isArray(stream.chunks) ? stream.chunks.join('') : 'no chunks'),
  };
  for (const { title, run } of handlerContract('StreamHandler on a Node stream', node)) it(title, run);

  const corked = { ...node, create: (options: object) => onNode({ ...options, buffer: 'turn' }) };
  for (const { title, run } of handlerContract('StreamHandler on a corked stream', corked)) it(title, run);

  it('writes record and terminator at once, then flushes a stream that has flush', () => {
    const stream = new FlushedStream();

    new StreamHandler(stream, { terminator: '\r\n' }).handle(some.record({ message: 'a' }));

    expect(stream.calls).toEqual(['a\r\n', '<flush>']);
  });

  it('looks up stderr at construction', () => {
    expect(new StreamHandler().stream).toBe(process.stderr);
    expect(new StreamHandler(null).stream).toBe(process.stderr);
  });

  it('calls a replaced process.stdout.write', () => {
    const write = vi.spyOn(process.stdout, 'write').mockReturnValue(true);

    new StreamHandler(process.stdout).handle(some.record({ message: 'seen by the spy' }));

    expect(write.mock.calls.map(([text]) => text)).toEqual(['seen by the spy\n']);
  });

  it('returns the old stream from setStream, after flushing it', () => {
    const old = new FlushedStream();
    const handler = new StreamHandler(old);
    const next = new MemoryStream();

    expect(handler.setStream(next)).toBe(old);
    expect(old.calls).toEqual(['<flush>']);
    handler.handle(some.record({ message: 'to the next' }));
    expect(next.calls).toEqual(['to the next\n']);
    expect(handler.setStream(next)).toBeUndefined();
  });

  it('does not close the stream', async () => {
    const stream = new PassThrough();
    const handler = new StreamHandler(stream);

    await handler.close();

    expect(stream.writable).toBe(true);
  });

  it('passes a failed write of a Node stream to handleError, once, with its record', async () => {
    const stream = failingWritable('disk on fire');
    const handler = new QuietStreamHandler(stream);

    handler.handle(some.record({ message: 'lost' }));

    await until(() => stream.destroyed && handler.failures.length > 0);
    await handler.close();
    expect(handler.failures).toEqual(['lost: disk on fire']);
  });

  it('reports each record after the stream has ended', () => {
    const stream = new PassThrough();
    stream.end();
    const handler = new QuietStreamHandler(stream);

    handler.handle(some.record({ message: 'a' }));
    handler.handle(some.record({ message: 'b' }));

    expect(handler.failures).toEqual(['a: the stream has ended', 'b: the stream has ended']);
  });

  it('writes again when the stream does', () => {
    let broken = true;
    const calls: string[] = [];
    const handler = new QuietStreamHandler({
      write(text: string) {
        if (broken) throw new Error('EIO');
        calls.push(text);
      },
    });

    handler.handle(some.record({ message: 'lost' }));
    broken = false;
    handler.handle(some.record({ message: 'kept' }));

    expect(handler.failures).toEqual(['lost: EIO']);
    expect(calls).toEqual(['kept\n']);
  });

  it("reports an 'error' event of the stream with the last record", () => {
    const stream = Object.assign(new EventEmitter(), new MemoryStream(), { write: () => true });
    const handler = new QuietStreamHandler(stream);
    handler.handle(some.record({ message: 'the last one' }));

    stream.emit('error', new Error('EPIPE'));

    expect(handler.failures).toEqual(['the last one: EPIPE']);
  });

  it('listens once for all handlers of a stream, and not after they are closed', async () => {
    const stream = new PassThrough();
    const handlers = Array.from({ length: 20 }, () => new StreamHandler(stream));

    expect(stream.listenerCount('error')).toBe(1);
    for (const handler of handlers) await handler.close();
    expect(stream.listenerCount('error')).toBe(0);
  });

  it('still reports a failed write after it was closed', async () => {
    const stream = failingWritable('too late');
    const handler = new QuietStreamHandler(stream);

    handler.handle(some.record({ message: 'last words' }));
    await handler.close();

    expect(handler.failures).toEqual(['last words: too late']);
    expect(stream.listenerCount('error')).toBe(0);
  });

  it('resolves flush() when a slow stream has written everything', async () => {
    const stream = new SlowWritable();
    const handler = new StreamHandler(stream);
    handler.handle(some.record({ message: 'slow' }));

    const flushed = handler.flush();
    expect(flushed).toBeInstanceOf(Promise);
    expect(stream.taken).toEqual([]);
    stream.take();
    await flushed;

    expect(stream.taken).toEqual(['slow\n']);
    expect(handler.flush()).toBeUndefined();
  });

  it('refuses records while maxPendingBytes wait', () => {
    const stream = new SlowWritable();
    const handler = new QuietStreamHandler(stream, { maxPendingBytes: 10 });

    handler.handle(some.record({ message: '123456789' }));
    handler.handle(some.record({ message: 'one too many' }));

    expect(handler.failures).toEqual(['one too many: the stream is too slow: 10 bytes wait']);
  });

  it.each([
    [process.stderr, '<StreamHandler <stderr> (NOTSET)>'],
    [{ write: () => true, name: 3 }, '<StreamHandler 3 (NOTSET)>'],
    [{ write: () => true }, '<StreamHandler (NOTSET)>'],
  ])('shows its stream as Python does: case %#', (stream: LogStream, expected) => {
    expect(String(new StreamHandler(stream))).toBe(expected);
  });

  it('refuses a stream without write, now and later', () => {
    const wrong = {} as LogStream;

    expect(() => new StreamHandler(wrong)).toThrow(
      'StreamHandler: "stream" must be a stream: an object with a write(text) method',
    );
    expect(() => new StreamHandler().setStream(wrong)).toThrow(
      'must be a stream: an object with a write(text) method',
    );
  });

  it('refuses a limit that is not a positive number', () => {
    expect(() => new StreamHandler(process.stderr, { maxPendingBytes: Number.NaN })).toThrow(
      'StreamHandler: "maxPendingBytes" must be a positive number, got NaN.',
    );
  });

  it('is not among the handlers that shutdown() closes when it was refused', () => {
    const open = openHandlers.newestFirst().length;

    expect(() => new StreamHandler({} as LogStream)).toThrow(ConfigurationError);
    expect(() => new StreamHandler(process.stderr, { maxPendingBytes: 0 })).toThrow(ConfigurationError);

    expect(openHandlers.newestFirst().length).toBeLessThanOrEqual(open);
  });

  describe("with buffer: 'turn'", () => {
    function handleAll(handler: StreamHandler, messages: readonly string[]): void {
      for (const message of messages) handler.handle(some.record({ message }));
    }

    it('writes the records of a turn together, and flushes the stream once', async () => {
      const stream = new FlushedStream();
      const handler = new StreamHandler(stream, { buffer: 'turn' });

      handleAll(handler, ['a', 'b']);
      expect(stream.calls).toEqual([]);
      await nextTurn();

      expect(stream.calls).toEqual(['a\nb\n', '<flush>']);
    });

    it.each<[string, (handler: StreamHandler) => unknown]>([
      ['flush()', (handler) => handler.flush()],
      ['flushSync()', (handler) => handler.flushSync()],
      ['close()', (handler) => handler.close()],
      ['setStream()', (handler) => handler.setStream(new MemoryStream())],
    ])('has written the waiting text when %s returns', (_how, end) => {
      const stream = new MemoryStream();
      const handler = new StreamHandler(stream, { buffer: 'turn' });
      handleAll(handler, ['a', 'b']);

      void end(handler);

      expect(stream.calls).toEqual(['a\nb\n']);
    });

    it.each<[string, (handler: StreamHandler) => unknown]>([
      ['the flush at the end of the process', (handler) => handler.flushSync()],
      ['close()', (handler) => handler.close()],
    ])('writes at once after %s, to another stream too', (_when, end) => {
      const [stream, other] = [new MemoryStream(), new MemoryStream()];
      const handler = new StreamHandler(stream, { buffer: 'turn' });

      void end(handler);
      handleAll(handler, ['a', 'b']);
      handler.setStream(other);
      handleAll(handler, ['c', 'd']);

      expect([stream.calls, other.calls]).toEqual([
        ['a\n', 'b\n'],
        ['c\n', 'd\n'],
      ]);
    });

    it('continues with another stream', async () => {
      const stream = new MemoryStream();
      const handler = new StreamHandler(new MemoryStream(), { buffer: 'turn' });

      handler.setStream(stream);
      handleAll(handler, ['a', 'b']);
      await nextTurn();

      expect(stream.calls).toEqual(['a\nb\n']);
    });

    it('calls a replaced process.stdout.write for each line at once', () => {
      const write = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
      const handler = new StreamHandler(process.stdout, { buffer: 'turn' });

      handleAll(handler, ['a', 'b']);

      expect(write.mock.calls.map(([text]) => text)).toEqual(['a\n', 'b\n']);
    });

    it('reports a stream that fails, and writes the text later', async () => {
      const stderr = capturedStderr();
      const stream = new MemoryStream();
      const { write } = stream;
      stream.write = () => {
        throw new Error('EIO');
      };
      const handler = new QuietStreamHandler(stream, { buffer: 'turn', name: 'failing' });

      handleAll(handler, ['a', 'b']);
      void handler.flush();
      expect(stderr.text).toContain(
        'QuietStreamHandler failing: 2 records wait for the stream and are tried again: Error: EIO',
      );
      stream.write = write;
      void handler.flush();

      expect([stream.calls, handler.failures]).toEqual([['a\nb\n'], []]);
    });

    it('counts unwritten records at close', () => {
      const stream = new MemoryStream();
      stream.write = () => {
        throw new Error('EIO');
      };
      const handler = new QuietStreamHandler(stream, { buffer: 'turn' });
      handleAll(handler, ['a', 'b']);

      void handler.close();

      expect(handler.failures).toEqual(['b: 2 records were lost at close']);
    });

    it('does not write twice when a flush of the stream fails', () => {
      const stream = new FlushedStream();
      stream.flush = () => {
        throw new Error('EIO');
      };
      const handler = new QuietStreamHandler(stream, { buffer: 'turn' });
      handleAll(handler, ['a']);

      expect(() => handler.flush()).toThrow('EIO');
      stream.flush = () => undefined;
      void handler.close();

      expect([stream.calls, handler.failures]).toEqual([['a\n'], ['a: EIO']]);
    });

    it('corks a Node stream for the records of a turn, and reports each failure', async () => {
      const batches: number[] = [];
      const stream = new Writable({
        writev(chunks, done) {
          batches.push(chunks.length);
          done(new Error('broken'));
        },
      });
      const handler = new QuietStreamHandler(stream, { buffer: 'turn' });

      handleAll(handler, ['a', 'b']);
      expect(batches).toEqual([]);
      await handler.close();

      expect(batches).toEqual([2]);
      expect(handler.failures).toEqual(['a: broken', 'b: broken']);
    });

    it.each([
      ['trun', "'trun'"],
      [true, 'true'],
      [{ bytes: 10 }, '{ bytes: 10 }'],
    ])('refuses %j', (buffer, got) => {
      expect(() => new StreamHandler(process.stderr, { buffer: buffer as 'turn' })).toThrow(
        new ConfigurationError(`StreamHandler: "buffer" must be 'turn', got ${got}.`),
      );
    });
  });
});
