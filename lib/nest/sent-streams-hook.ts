/** Sees the Errors of the streams that Fastify sends: it tells nobody but its own logger, which Nest leaves switched off. */
import { errorMonitor, EventEmitter } from 'node:events';
import { isInstance, readProperty } from '../internal/foreign';
import { scopeOf } from '../scope/scope-storage';

// oxlint-disable-next-line max-params -- Fastify calls it with four
type SendHook = (
  request: unknown,
  reply: unknown,
  payload: unknown,
  done: (error: null, payload: unknown) => void,
) => void;

/** What is used of Nest's FastifyAdapter, and of the adapters of other platforms. */
interface Adapter {
  getType(): string;
  getInstance(): unknown;
}

interface Fastify {
  addHook(name: 'onSend', hook: SendHook): unknown;
}

function isStream(payload: unknown): payload is EventEmitter {
  return isInstance(payload, EventEmitter) && readProperty(payload, 'pipe') !== undefined;
}

// oxlint-disable-next-line max-params -- Fastify calls it with four
const watchStream: SendHook = (request, _reply, payload, done) => {
  // Only watched: a stream whose Error nobody handles still ends the process.
  if (isStream(payload)) payload.once(errorMonitor, (error) => scopeOf(request)?.fail(error));
  done(null, payload);
};

/** Adds the hook to an adapter for Fastify, before it has routes; other adapters are left alone. */
export function watchSentStreams(adapter: Adapter): void {
  if (adapter.getType() !== 'fastify') return;
  (adapter.getInstance() as Fastify).addHook('onSend', watchStream);
}
