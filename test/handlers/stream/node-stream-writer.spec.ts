import { EventEmitter } from 'node:events';
import { PassThrough, Writable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { DeliveryError } from '../../../lib/errors';
import {
  isErrorEmitter,
  isNodeWritable,
  NodeStreamWriter,
  watchErrors,
} from '../../../lib/handlers/stream/node-stream-writer';

function recorder(): { readonly seen: unknown[]; readonly listener: (error: unknown) => void } {
  const seen: unknown[] = [];
  return { seen, listener: (error) => seen.push(error) };
}

describe('watchErrors', () => {
  it('calls every listener, with only one on the stream', () => {
    const stream = new EventEmitter();
    const recorders = Array.from({ length: 20 }, recorder);
    for (const { listener } of recorders) watchErrors(stream, listener);

    stream.emit('error', 'boom');

    expect(stream.listenerCount('error')).toBe(1);
    expect(recorders.map(({ seen }) => seen)).toEqual(recorders.map(() => ['boom']));
  });

  it('keeps streams separate', () => {
    const [one, two] = [new EventEmitter(), new EventEmitter()];
    const [ofOne, ofTwo] = [recorder(), recorder()];
    watchErrors(one, ofOne.listener);
    watchErrors(two, ofTwo.listener);

    two.emit('error', 'boom');

    expect([ofOne.seen, ofTwo.seen]).toEqual([[], ['boom']]);
  });

  it('removes its listener with the last one', () => {
    const stream = new EventEmitter();
    const [first, second] = [recorder(), recorder()];
    const stops = [watchErrors(stream, first.listener), watchErrors(stream, second.listener)];

    stops[0]?.();
    stream.emit('error', 'boom');
    stops[1]?.();

    expect([first.seen, second.seen]).toEqual([[], ['boom']]);
    expect(stream.listenerCount('error')).toBe(0);
  });

  it('watches again after that', () => {
    const stream = new EventEmitter();
    watchErrors(stream, () => undefined)();
    const { seen, listener } = recorder();
    watchErrors(stream, listener);

    stream.emit('error', 'boom');

    expect(seen).toEqual(['boom']);
  });

  it('stops once: a second call does not touch the watch of another', () => {
    const stream = new EventEmitter();
    const stop = watchErrors(stream, () => undefined);
    stop();
    watchErrors(stream, () => undefined);

    stop();
    watchErrors(stream, () => undefined);

    expect(stream.listenerCount('error')).toBe(1);
  });
});

describe('isErrorEmitter', () => {
  it.each<[string, object, boolean]>([
    ['an EventEmitter', new EventEmitter(), true],
    ['process.stderr', process.stderr, true],
    ['an object that writes', { write: () => true }, false],
    ['one without off', { on: () => undefined }, false],
  ])('of %s', (_what, stream, is) => {
    expect(isErrorEmitter(stream)).toBe(is);
  });
});

/** Answers each write when it is told to. */
class ManualWritable extends Writable {
  readonly taken: string[] = [];
  answer: (error?: Error) => void = () => undefined;

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.answer = (error) => {
      this.taken.push(chunk.toString());
      done(error);
    };
  }
}

function unexpected(error: Error): never {
  throw error;
}

describe('isNodeWritable', () => {
  it.each<[string, { write(text: string): unknown }, boolean]>([
    ['a PassThrough', new PassThrough(), true],
    ['process.stdout', process.stdout, true],
    ['an object that writes', { write: () => true }, false],
    ['a stream of another make', Object.assign(new PassThrough(), { off: undefined }), false],
  ])('of %s', (_what, stream, is) => {
    expect(isNodeWritable(stream)).toBe(is);
  });
});

describe('NodeStreamWriter', () => {
  it('does not wait before the first write', () => {
    expect(new NodeStreamWriter(new PassThrough(), { maxPendingBytes: 100 }).drained()).toBeUndefined();
  });

  it('is drained when every write has called back', async () => {
    const stream = new ManualWritable();
    const writer = new NodeStreamWriter(stream, { maxPendingBytes: 100 });
    writer.write('one', unexpected);
    writer.write('two', unexpected);
    const drained = Promise.resolve(writer.drained()).then(() => stream.taken);

    stream.answer();
    process.nextTick(() => stream.answer());

    expect(await drained).toEqual(['one', 'two']);
    expect(writer.drained()).toBeUndefined();
  });

  it('counts its own writes only', () => {
    const stream = new ManualWritable();
    stream.write('of somebody else');

    expect(new NodeStreamWriter(stream, { maxPendingBytes: 100 }).drained()).toBeUndefined();
  });

  it('reports a failed write, and is drained after the error event', async () => {
    const stream = new ManualWritable();
    const seen: string[] = [];
    stream.on('error', () => seen.push('event'));
    const writer = new NodeStreamWriter(stream, { maxPendingBytes: 100 });
    writer.write('x', (error) => seen.push(error.message));

    stream.answer(new Error('broken'));
    await writer.drained();

    expect(seen).toEqual(['broken', 'event']);
  });

  it('refuses text while the buffer of the stream is full', () => {
    const stream = new ManualWritable();
    const writer = new NodeStreamWriter(stream, { maxPendingBytes: 5 });
    writer.write('12345', unexpected);

    expect(() => writer.write('6', unexpected)).toThrow(
      new DeliveryError('the stream is too slow: 5 bytes wait'),
    );
    stream.answer();
    expect(() => writer.write('6', unexpected)).not.toThrow();
  });

  it.each<[string, (stream: Writable) => void]>([
    ['ended', (stream) => stream.end()],
    ['destroyed', (stream) => stream.destroy()],
  ])('refuses text once the stream is %s', (_how, finish) => {
    const stream = new PassThrough();
    finish(stream);

    expect(() => new NodeStreamWriter(stream, { maxPendingBytes: 100 }).write('x', unexpected)).toThrow(
      new DeliveryError('the stream has ended'),
    );
  });

  it('does not wait for the callback of a write that threw', () => {
    const stream = new Writable({
      write: () => {
        throw new Error('no');
      },
    });
    const writer = new NodeStreamWriter(stream, { maxPendingBytes: 100 });

    expect(() => writer.write('x', unexpected)).toThrow('no');
    expect(writer.drained()).toBeUndefined();
  });

  describe('on a stream whose write never calls back', () => {
    function silent(): { writer: NodeStreamWriter; stream: Writable } {
      const stream = Object.assign(new PassThrough(), { write: () => true });
      const writer = new NodeStreamWriter(stream, { maxPendingBytes: 100 });
      writer.write('one', unexpected);
      return { writer, stream };
    }

    it('waits for a moment, and then not again', async () => {
      const { writer } = silent();
      const begun = performance.now();

      await writer.drained();
      expect(performance.now() - begun).toBeLessThan(500);
      writer.write('two', unexpected);

      expect(writer.drained()).toBeUndefined();
    });

    it('waits again once it has called back', async () => {
      const { writer, stream } = silent();
      await writer.drained();
      let answer: () => void = () => undefined;
      stream.write = ((_text: string, _encoding: string, done: () => void) => (answer = done)) as never;
      writer.write('two', unexpected);
      answer();
      writer.write('three', unexpected);

      const drained = writer.drained();
      expect(drained).toBeInstanceOf(Promise);
      answer();
      await drained;
      expect(writer.drained()).toBeUndefined();
    });

    it('waits while the stream has buffered text, as with a real one', async () => {
      const stream = new ManualWritable();
      const writer = new NodeStreamWriter(stream, { maxPendingBytes: 100 });
      writer.write('one', unexpected);
      let isDrained = false;
      const drained = Promise.resolve(writer.drained()).then(() => (isDrained = true));

      await new Promise((resolve) => setTimeout(resolve, 150));
      expect(isDrained).toBe(false);

      stream.answer();
      await drained;
    });
  });

  it('passes the callback as the third argument, for a replaced write', () => {
    const stream = new PassThrough();
    const calls: unknown[][] = [];
    stream.write = ((...args: unknown[]) => calls.push(args)) as never;

    new NodeStreamWriter(stream, { maxPendingBytes: 100 }).write('text', unexpected);

    expect(calls).toEqual([['text', 'utf8', expect.any(Function)]]);
  });

  describe('for one turn of the event loop', () => {
    /** Takes all that it holds at once, when it may. */
    class Gathering extends Writable {
      readonly batches: string[][] = [];

      override _writev(chunks: { chunk: Buffer }[], done: () => void): void {
        this.batches.push(chunks.map(({ chunk }) => chunk.toString()));
        done();
      }

      override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
        this.batches.push([chunk.toString()]);
        done();
      }
    }

    function gathering(turnBytes = 1000): { writer: NodeStreamWriter; stream: Gathering } {
      const stream = new Gathering();
      return { writer: new NodeStreamWriter(stream, { maxPendingBytes: 10_000, turnBytes }), stream };
    }

    function writeAll(writer: NodeStreamWriter, texts: readonly string[]): void {
      for (const text of texts) writer.write(text, unexpected);
    }

    it('corks the stream for the texts of a turn', async () => {
      const { writer, stream } = gathering();

      writeAll(writer, ['one', 'two']);
      expect(stream.batches).toEqual([]);
      await nextTurn();
      writeAll(writer, ['three', 'four']);
      await nextTurn();

      expect(stream.batches).toEqual([
        ['one', 'two'],
        ['three', 'four'],
      ]);
    });

    it('uncorks the stream after a number of bytes', () => {
      const { writer, stream } = gathering(6);

      writeAll(writer, ['one', 'two', 'three']);

      expect(stream.batches).toEqual([['one', 'two']]);
      writer.uncork();
    });

    it('is drained before the end of the turn', async () => {
      const { writer, stream } = gathering();
      writeAll(writer, ['one', 'two']);

      await writer.drained();

      expect(stream.batches).toEqual([['one', 'two']]);
    });

    it('uncorks the stream at the end', () => {
      const { writer, stream } = gathering();
      writeAll(writer, ['one', 'two']);

      writer.endTurn();
      writeAll(writer, ['three', 'four']);

      expect(stream.batches).toEqual([['one', 'two'], ['three'], ['four']]);
    });

    it('does not cork a stream whose write was replaced', () => {
      const { writer, stream } = gathering();
      const write = stream.write.bind(stream);
      stream.write = ((text: string) => write(text)) as never;

      writeAll(writer, ['one', 'two']);

      expect(stream.batches).toEqual([['one'], ['two']]);
    });
  });
});
