import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import { isErrorEmitter, watchErrors } from '../../../lib/handlers/stream/stream-errors';

function recorder(): { readonly seen: unknown[]; readonly listener: (error: unknown) => void } {
  const seen: unknown[] = [];
  return { seen, listener: (error) => seen.push(error) };
}

describe('watchErrors', () => {
  it('calls every listener, and hangs one on the stream however many there are', () => {
    const stream = new EventEmitter();
    const recorders = Array.from({ length: 20 }, recorder);
    for (const { listener } of recorders) watchErrors(stream, listener);

    stream.emit('error', 'boom');

    expect(stream.listenerCount('error')).toBe(1);
    expect(recorders.map(({ seen }) => seen)).toEqual(recorders.map(() => ['boom']));
  });

  it('keeps streams apart', () => {
    const [one, two] = [new EventEmitter(), new EventEmitter()];
    const [ofOne, ofTwo] = [recorder(), recorder()];
    watchErrors(one, ofOne.listener);
    watchErrors(two, ofTwo.listener);

    two.emit('error', 'boom');

    expect([ofOne.seen, ofTwo.seen]).toEqual([[], ['boom']]);
  });

  it('lets go of the stream with the last listener', () => {
    const stream = new EventEmitter();
    const [first, second] = [recorder(), recorder()];
    const stops = [watchErrors(stream, first.listener), watchErrors(stream, second.listener)];

    stops[0]?.();
    stream.emit('error', 'boom');
    stops[1]?.();

    expect([first.seen, second.seen]).toEqual([[], ['boom']]);
    expect(stream.listenerCount('error')).toBe(0);
  });

  it('watches anew after that', () => {
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
