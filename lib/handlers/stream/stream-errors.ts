/** Listens to the 'error' events of a stream once, however many handlers write to it. */
import { globalState } from '../../internal/global-state';

/** The part of an EventEmitter that is needed here. */
export interface ErrorEmitter {
  on(event: 'error', listener: (error: unknown) => void): unknown;
  off(event: 'error', listener: (error: unknown) => void): unknown;
}

type ErrorListener = (error: unknown) => void;

interface Watch {
  readonly listeners: Set<ErrorListener>;
  readonly dispatch: ErrorListener;
}

/** One listener a stream: eleven handlers on stderr must not look like a leak of listeners. */
const watches = globalState('stream-watches', () => new WeakMap<ErrorEmitter, Watch>());

export function isErrorEmitter(stream: object): stream is ErrorEmitter {
  return (
    'on' in stream && typeof stream.on === 'function' && 'off' in stream && typeof stream.off === 'function'
  );
}

function startWatch(stream: ErrorEmitter): Watch {
  const listeners = new Set<ErrorListener>();
  const dispatch: ErrorListener = (error) => {
    for (const listener of listeners) listener(error);
  };
  stream.on('error', dispatch);
  const watch = { listeners, dispatch };
  watches.set(stream, watch);
  return watch;
}

/** Calls `listener` for each 'error' of the stream, which therefore does not end the process; returns the way to stop. */
export function watchErrors(stream: ErrorEmitter, listener: ErrorListener): () => void {
  const watch = watches.get(stream) ?? startWatch(stream);
  watch.listeners.add(listener);
  return () => {
    const stopped = watch.listeners.delete(listener);
    if (!stopped || watch.listeners.size > 0) return;
    stream.off('error', watch.dispatch);
    watches.delete(stream);
  };
}
