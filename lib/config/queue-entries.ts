/** Creates the queue and the listener of a QueueHandler from a configuration. */
import { inspect } from 'node:util';
import type { ClassDescription } from '../core/class-descriptions';
import type { Handler } from '../core/handler';
import { QueueHandler, QueueListener, type QueueListenerOptions } from '../handlers';
import { LISTENER_SPEC } from '../handlers/queue-listener';
import { didYouMean } from '../internal/did-you-mean';
import { isPlainObject } from '../internal/foreign';
import { boolean, rule, type Spec } from '../internal/options';
import {
  InMemoryQueue,
  RedisStreamQueue,
  WorkerQueue,
  type InMemoryQueueOptions,
  type LogQueue,
} from '../queues';
import { IN_MEMORY_SPEC } from '../queues/in-memory.queue';
import { REDIS_STREAM_SPEC } from '../queues/redis-stream.queue';
import { WORKER_SPEC } from '../queues/worker/worker-options';
import { ownQueue } from './close-handler';
import { callFactory, isClass, isSubclass, type ConfigFactory, type FactoryRegistry } from './factories';
import type { ConfigPlace } from './place';
import { readOptions, withoutNulls, type Settings } from './schema';

/** Functions for handlers that cannot be created from arguments and options alone. */
export interface HandlerEntry {
  /** Checks and replaces values before anything is created. */
  readonly prepare?: (settings: Settings, context: QueueContext) => Settings;
  /** Creates an instance of the class or a subclass. @defaultValue `new` with its arguments, then an options object */
  readonly create?: (settings: Settings, type: unknown) => Handler;
  /** Called after all handlers are created. */
  readonly start?: (handler: Handler, settings: Settings) => void;
}

export interface QueueRow {
  readonly options: readonly string[];
  readonly create: (settings: Settings) => LogQueue;
}

/** Options of WorkerQueue that name a module: a configuration must not load code. */
const CODE: readonly string[] = ['module', 'entry'];

const IN_MEMORY: QueueRow = {
  options: [...Object.keys(IN_MEMORY_SPEC), 'maxsize'],
  create: ({ maxsize, maxSize = maxsize, ...options }) =>
    // 0 means no limit in Python; here it means the default.
    new InMemoryQueue({ ...options, ...(maxSize ? { maxSize } : {}) } as InMemoryQueueOptions),
};

/** `queue.Queue` and `queue.SimpleQueue` are names of Python's thread queues. */
export const QUEUE_ROWS: ReadonlyMap<string, QueueRow> = new Map<string, QueueRow>([
  ['InMemoryQueue', IN_MEMORY],
  ['queue.Queue', IN_MEMORY],
  ['queue.SimpleQueue', IN_MEMORY],
  [
    'WorkerQueue',
    {
      options: Object.keys(WORKER_SPEC).filter((name) => !CODE.includes(name)),
      create: (settings) => new WorkerQueue(settings),
    },
  ],
  [
    'RedisStreamQueue',
    {
      options: Object.keys(REDIS_STREAM_SPEC),
      create: (settings) => new RedisStreamQueue(settings),
    },
  ],
]);

type ListenerFactory = (
  queue: LogQueue,
  handlers: readonly Handler[],
  options: QueueListenerOptions,
) => QueueListener;

/** Context for reading an entry. */
export interface QueueContext {
  readonly factories: FactoryRegistry;
  readonly place: ConfigPlace;
  /** Default of `autoStart` if the entry does not set it. @defaultValue false, as in Python */
  readonly autoStart?: boolean | undefined;
}

const LISTENERS: readonly string[] = ['QueueListener', 'logging.handlers.QueueListener'];
const QUEUE_SHAPE = `a queue, one of ${[...QUEUE_ROWS.keys()].join(', ')}, a name in "factories", or an object with "()"`;
const LISTENER_SHAPE = `a listener class, one of ${LISTENERS.join(', ')}, a name in "factories", or an object with "()"`;

function isQueue(value: unknown): value is LogQueue {
  return typeof value === 'object' && value !== null && 'enqueue' in value && 'dequeue' in value;
}

/** A queue, and whether it was created for the handler. */
interface MadeQueue {
  readonly queue: LogQueue;
  readonly isOwned: boolean;
}

/** The name in a description such as `'queue.Queue'` or `{ '()': 'queue.Queue', maxsize: 10 }`. */
function nameIn(spec: unknown): unknown {
  return isPlainObject(spec) ? spec['()'] : spec;
}

/** Checks the description of the queue. The queue is created later, because it may open a connection. */
function planQueue(spec: unknown, { factories, place }: QueueContext): () => MadeQueue {
  if (isQueue(spec)) return () => ({ queue: spec, isOwned: false });
  const name = nameIn(spec);
  const { '()': _name, ...settings } = isPlainObject(spec) ? spec : {};
  const factory = factories.find(name);
  if (factory !== undefined) {
    // The program may also use this queue elsewhere, so the handler does not own it.
    return () => ({ queue: madeQueue(callFactory(factory, settings), place), isOwned: false });
  }
  if (typeof name !== 'string') throw place.mustBe(QUEUE_SHAPE, spec);
  const row = QUEUE_ROWS.get(name);
  if (row === undefined) {
    const known = [...QUEUE_ROWS.keys(), ...factories.names];
    throw place.error(`"${name}" is no queue and not in "factories"${didYouMean(name, known)}`);
  }
  const options = withoutNulls(readOptions(settings, row.options, { place }));
  return () => ({ queue: row.create(options), isOwned: true });
}

function madeQueue(made: unknown, place: ConfigPlace): LogQueue {
  if (isQueue(made)) return made;
  throw place.mustBe('made by a factory that returns a queue with enqueue and dequeue', made);
}

function callListener(factory: ConfigFactory): ListenerFactory {
  if (!isClass(factory)) return factory as unknown as ListenerFactory;
  return (...given) => new factory(...given) as QueueListener;
}

/** The listener factory: a subclass of QueueListener, or a function of queue, handlers and options. */
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

/** Replaces the descriptions of the queue and the listener by functions that create them. */
export function prepareQueue(
  settings: Settings,
  { factories, place, autoStart = false }: QueueContext,
): Settings {
  const { queue, listener, handlers } = settings;
  const hasOwnHandlers = queue instanceof WorkerQueue || nameIn(queue) === 'WorkerQueue';
  if (hasOwnHandlers && handlers !== undefined && handlers !== null) {
    throw place.at('handlers').error('a WorkerQueue has its own handlers, as data in "queue".');
  }
  return {
    ...settings,
    autoStart: settings['autoStart'] ?? autoStart,
    queue: planQueue(queue ?? 'InMemoryQueue', { factories, place: place.at('queue') }),
    listener: planListener(listener ?? 'QueueListener', { factories, place: place.at('listener') }),
  };
}

function isListenerOption([name]: readonly [string, unknown]): boolean {
  return Object.hasOwn(LISTENER_SPEC, name);
}

/** Creates the handler with its listener, not started yet. A WorkerQueue has its own listener in its thread. */
export function createQueueHandler(settings: Settings, type: unknown): QueueHandler {
  const { queue: make, handlers = [], listener, autoStart: _autoStart, ...rest } = settings;
  const entries = Object.entries(rest);
  const options = Object.fromEntries(entries.filter((entry) => !isListenerOption(entry)));
  const listenerOptions: QueueListenerOptions = Object.fromEntries(entries.filter(isListenerOption));
  const { queue, isOwned } = (make as () => MadeQueue)();
  try {
    const handler = new (type as typeof QueueHandler)(queue, options);
    if (isOwned) ownQueue(handler, queue);
    if (queue instanceof WorkerQueue) return handler;
    const listen = listener as ListenerFactory;
    handler.listener = listen(queue, handlers as readonly Handler[], listenerOptions);
    return handler;
  } catch (error) {
    if (isOwned) void queue.close();
    throw error;
  }
}

/** Starts the listener if `autoStart` is set. In Python the program must start it. */
export function startListener(handler: Handler, { autoStart }: Settings): void {
  if (Boolean(autoStart) && handler instanceof QueueHandler) handler.listener?.start();
}

/** Accepts any value, because `prepareQueue` checks it. */
const ANYTHING = rule('anything', (value) => value);

/** The additional keys of a QueueHandler entry, and the functions that read them. */
export const QUEUE_ENTRY: HandlerEntry & Pick<ClassDescription, 'arguments' | 'options' | 'handlers'> = {
  arguments: {},
  options: {
    ...LISTENER_SPEC,
    queue: ANYTHING,
    handlers: ANYTHING,
    listener: ANYTHING,
    autoStart: boolean(),
  } satisfies Spec,
  handlers: ['handlers'],
  prepare: prepareQueue,
  create: createQueueHandler,
  start: startListener,
};
