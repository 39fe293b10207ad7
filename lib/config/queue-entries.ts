/** The queue and the listener of a QueueHandler, as a configuration describes them. */
import { inspect } from 'node:util';
import type { Handler } from '../core/handler';
import { QueueHandler, QueueListener, type QueueListenerOptions } from '../handlers';
import { isPlainObject } from '../internal/plain-object';
import { InMemoryQueue, type LogQueue } from '../queues';
import type { ConfigPlace } from './config-place';
import { readFlag } from './config-schema';
import {
  callFactory,
  isClass,
  isSubclass,
  type ConfigFactory,
  type FactoryRegistry,
} from './factory-registry';
import { amongKnown } from './near-miss';
import { readOptions, type Settings } from './option-names';

type ListenerFactory = (
  queue: LogQueue,
  handlers: readonly Handler[],
  options: QueueListenerOptions,
) => QueueListener;

/** What an entry is read with. */
export interface QueueContext {
  readonly factories: FactoryRegistry;
  readonly place: ConfigPlace;
  /** Start a listener of which the entry does not say it. @defaultValue false, as in Python */
  readonly autoStart?: boolean | undefined;
}

/** Python's queues for threads are this package's queue in memory. */
const QUEUES: readonly string[] = ['InMemoryQueue', 'queue.Queue', 'queue.SimpleQueue'];
const LISTENERS: readonly string[] = ['QueueListener', 'logging.handlers.QueueListener'];
/** Keys of the entry that are the listener's. */
export const LISTENER_KEYS: readonly string[] = [
  'handlers',
  'listener',
  'respectHandlerLevel',
  'flushBeforeAck',
  'turnMs',
  'autoStart',
];
const QUEUE_SHAPE = `a queue, one of ${QUEUES.join(', ')}, a name in "factories", or an object with "()"`;
const LISTENER_SHAPE = `a listener class, one of ${LISTENERS.join(', ')}, a name in "factories", or an object with "()"`;

/** As Python's queue.Queue, `maxsize` 0 is the largest there is. */
function inMemoryQueue(settings: Settings, place: ConfigPlace): InMemoryQueue {
  const {
    maxSize,
    maxsize = maxSize,
    overflow,
  } = readOptions(settings, ['maxSize', 'maxsize', 'overflow'], {
    place,
  });
  return new InMemoryQueue({
    ...(maxsize === undefined || maxsize === null || maxsize === 0 ? {} : { maxSize: maxsize as number }),
    ...(overflow === undefined ? {} : { overflow: overflow as 'drop-oldest' }),
  });
}

function isQueue(value: unknown): value is LogQueue {
  return typeof value === 'object' && value !== null && 'enqueue' in value && 'dequeue' in value;
}

/** Checks what makes the queue; it is made later, since it may connect to somewhere. */
function planQueue(spec: unknown, { factories, place }: QueueContext): () => LogQueue {
  if (isQueue(spec)) return () => spec;
  const { '()': name, ...settings } = isPlainObject(spec) ? spec : { '()': spec };
  const factory = factories.find(name);
  if (factory !== undefined) return () => madeQueue(callFactory(factory, settings), place);
  if (typeof name !== 'string') throw place.mustBe(QUEUE_SHAPE, spec);
  if (QUEUES.includes(name)) {
    const queue = inMemoryQueue(settings, place);
    return () => queue;
  }
  throw place.error(
    `"${name}" is no queue and not in "factories"${amongKnown(name, [...QUEUES, ...factories.names])}`,
  );
}

function madeQueue(made: unknown, place: ConfigPlace): LogQueue {
  if (isQueue(made)) return made;
  throw place.mustBe('made by a factory that returns a queue with enqueue and dequeue', made);
}

function callListener(factory: ConfigFactory): ListenerFactory {
  if (!isClass(factory)) return factory as unknown as ListenerFactory;
  return (...given) => new factory(...given) as QueueListener;
}

/** A class that extends QueueListener, or what makes a listener of queue, handlers and options. */
function planListener(spec: unknown, { factories, place }: QueueContext): ListenerFactory {
  const { '()': name, ...settings } = isPlainObject(spec) ? spec : { '()': undefined };
  if (name !== undefined) {
    const factory = factories.find(name);
    if (factory === undefined) throw place.at('()').error(`${inspect(name)} is not in "factories".`);
    const made = callFactory(factory, settings);
    if (typeof made === 'function') return callListener(made as ConfigFactory);
    throw place.mustBe('made by a factory that returns a listener class or a function', made);
  }
  if (typeof spec === 'string' && LISTENERS.includes(spec)) return callListener(QueueListener);
  const found = factories.find(spec);
  if (found === undefined || (isClass(found) && !isSubclass(found, QueueListener))) {
    throw place.mustBe(LISTENER_SHAPE, spec);
  }
  return callListener(found);
}

function flag(settings: Settings, key: string, place: ConfigPlace): boolean | undefined {
  return readFlag(settings[key], place.at(key));
}

/** Replaces the descriptions of the queue and of the listener by what makes them. */
export function prepareQueue(
  settings: Settings,
  { factories, place, autoStart = false }: QueueContext,
): Settings {
  const { queue, listener } = settings;
  return {
    ...settings,
    respectHandlerLevel: flag(settings, 'respectHandlerLevel', place) ?? false,
    flushBeforeAck: flag(settings, 'flushBeforeAck', place) ?? false,
    autoStart: flag(settings, 'autoStart', place) ?? autoStart,
    queue: planQueue(queue ?? 'InMemoryQueue', { factories, place: place.at('queue') }),
    listener: planListener(listener ?? 'QueueListener', { factories, place: place.at('listener') }),
  };
}

/** The handler with its listener, which is not started. */
export function createQueueHandler(settings: Settings, type: unknown): QueueHandler {
  const { queue, handlers, listener, respectHandlerLevel, flushBeforeAck, turnMs, ...rest } = settings;
  const { autoStart: _autoStart, ...options } = rest;
  const made = (queue as () => LogQueue)();
  const handler = new (type as typeof QueueHandler)(made, options);
  handler.listener = (listener as ListenerFactory)(made, (handlers ?? []) as readonly Handler[], {
    respectHandlerLevel: respectHandlerLevel as boolean,
    flushBeforeAck: flushBeforeAck as boolean,
    ...(turnMs === undefined || turnMs === null ? {} : { turnMs: turnMs as number }),
  });
  return handler;
}

/** Starts the listener where `autoStart` says so; Python leaves that to the program. */
export function startListener(handler: Handler, { autoStart }: Settings): void {
  if (autoStart === true && handler instanceof QueueHandler) handler.listener?.start();
}
