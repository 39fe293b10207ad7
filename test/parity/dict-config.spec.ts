/** dictConfig against what CPython did. */
import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import { dictConfig } from '../../lib/config/dict-config';
import type { DictConfig } from '../../lib/config/schema';
import { getHandlerByName, getHandlerNames, type Handler } from '../../lib/core/handler';
import { Manager } from '../../lib/core/manager';
import { ConfigurationError } from '../../lib/errors';
import type { QueueHandler } from '../../lib/handlers';
import type { InMemoryQueue } from '../../lib/queues';
import { some } from '../support/some';
import { split, vectors, type Differences } from '../support/vectors';

interface DictInput {
  readonly configs: readonly DictConfig[];
}

interface DictError {
  readonly type: string;
  readonly message: string;
}

/** Level, disabled, propagate, names of handlers, number of filters. */
type LoggerState = readonly [number, boolean, boolean, readonly string[], number];
/** Class, level, format, number of filters. */
type HandlerState = readonly [string, number, string | null, number];

interface DictState {
  readonly root_level: number;
  readonly root_handlers: readonly string[];
  readonly names: readonly string[];
  readonly loggers: Readonly<Record<string, LoggerState>>;
  readonly handlers: Readonly<Record<string, HandlerState>>;
}

interface DictExpected {
  readonly value?: DictState;
  /** The exception and its causes. */
  readonly error?: readonly DictError[];
}

const DIFFERENCES: Differences = {};

const CASES = vectors<DictInput, DictExpected>('core', 'dictConfig');
const { run, listed } = split(CASES, DIFFERENCES);

function namesOf(handlers: readonly Handler[]): readonly string[] {
  return handlers.map(({ name = '' }) => name);
}

/** A formatter does not give its format away; this one's text does. */
function formatOf({ formatter }: Handler): string | null {
  if (formatter === undefined) return null;
  return formatter.format(some.record({ message: 'm' })) === '1' ? '%(x)s' : '?';
}

function stateOf(tree: Manager): DictState {
  const handlers = [...getHandlerNames()].toSorted().map((name) => getHandlerByName(name) as Handler);
  return {
    root_level: tree.root.level,
    root_handlers: namesOf(tree.root.handlers),
    names: namesOf(handlers),
    loggers: Object.fromEntries(
      [...tree.loggers].map(([name, logger]) => [
        name,
        [logger.level, logger.disabled, logger.propagate, namesOf(logger.handlers), logger.filters.length],
      ]),
    ),
    handlers: Object.fromEntries(
      handlers.map((handler) => [
        handler.name,
        [handler.constructor.name, handler.level, formatOf(handler), handler.filters.length],
      ]),
    ),
  };
}

/** Where Python's sentence says the mistake is, as a path. */
function pathIn({ message }: DictError): string {
  const [, kind, name] = /Unable to configure (handler|formatter) '(\w+)'/.exec(message) ?? [];
  if (kind !== undefined) return `dictConfig: "${kind}s.${name}`;
  if (message.includes('root logger')) return 'dictConfig: "root';
  return message.includes('version') ? 'dictConfig: "version"' : 'dictConfig: "handlers.';
}

function configure(tree: Manager, configs: readonly DictConfig[]): void {
  for (const config of configs) dictConfig(config, { manager: tree });
}

describe('dictConfig against CPython', () => {
  it.each(run.filter(({ expect }) => expect.value !== undefined))(
    '$id',
    ({ in: input, expect: expected }) => {
      const tree = new Manager();
      onTestFinished(() => dictConfig({ version: 1 }, { manager: tree }));

      configure(tree, input.configs);

      expect(stateOf(tree)).toEqual(expected.value);
    },
  );

  // The sentences are ours: they name the path. Where CPython has half configured, nothing is changed.
  it.each(run.filter(({ expect }) => expect.error !== undefined))(
    '$id: is refused where CPython fails',
    ({ in: input, expect: expected }) => {
      const tree = new Manager();
      const before = stateOf(tree);

      const attempt = (): void => configure(tree, input.configs);

      expect(attempt).toThrow(ConfigurationError);
      expect(attempt).toThrow(pathIn(expected.error?.[0] as DictError));
      expect(stateOf(tree)).toEqual(before);
    },
  );

  it('runs or lists every case', () => {
    expect(run.length + listed.length).toBe(CASES.length);
    expect([run.length, CASES.length]).toEqual([24, 24]);
    expect(listed.map(({ id }) => id)).toEqual(Object.keys(DIFFERENCES));
  });
});

interface QueueInput {
  readonly handler: Readonly<Record<string, unknown>>;
  readonly extra: Readonly<Record<string, Readonly<Record<string, unknown>>>> | null;
}

interface QueueState {
  readonly handler: string;
  readonly queue: string;
  /** Null for a queue that cannot be bounded. */
  readonly maxsize: number | null;
  readonly listener: string;
  readonly same_queue: boolean;
  readonly started: boolean;
  readonly respect_handler_level: boolean;
  readonly listener_handlers: readonly string[];
  readonly level: number;
  readonly names: readonly string[];
}

type QueueExpected = QueueState | { readonly error: DictError; readonly cause: DictError };

const QUEUE_DIFFERENCES: Differences = {
  'config-handlers-deferred-twice': 'a chain of any length is put in order; CPython tries each handler twice',
};

const QUEUE_CASES = vectors<QueueInput, QueueExpected>('queue', 'config');
const queue = split(QUEUE_CASES, QUEUE_DIFFERENCES);

/** Python's queues for threads are all one here: in memory, and always bounded. */
const IN_MEMORY = { queue: 'InMemoryQueue', maxsize: 100_000 };

function queueConfig({ handler, extra }: QueueInput): DictConfig {
  return {
    version: 1,
    handlers: { ah: handler, h1: { class: 'logging.NullHandler' }, ...extra },
    root: { level: 'DEBUG', handlers: ['ah'] },
  };
}

function queueStateOf(handler: QueueHandler): QueueState {
  const { listener } = handler;
  return {
    handler: handler.constructor.name,
    queue: handler.queue.constructor.name,
    maxsize: (handler.queue as InMemoryQueue).maxSize,
    listener: listener?.constructor.name ?? '',
    same_queue: listener?.queue === handler.queue,
    started: listener?.running === true,
    respect_handler_level: listener?.respectHandlerLevel === true,
    listener_handlers: namesOf(listener?.handlers ?? []),
    level: handler.level,
    names: [...getHandlerNames()].toSorted(),
  };
}

describe('dictConfig of a QueueHandler against CPython', () => {
  let tree = new Manager();

  afterEach(() => {
    dictConfig({ version: 1, root: { level: 'NOTSET' } }, { manager: tree });
    tree = new Manager();
  });

  it.each(queue.run.filter(({ expect }) => 'handler' in expect))('$id', ({ in: input, expect: expected }) => {
    dictConfig(queueConfig(input), { manager: tree });

    expect(queueStateOf(getHandlerByName('ah') as QueueHandler)).toEqual({ ...expected, ...IN_MEMORY });
  });

  it.each(queue.run.filter(({ expect }) => 'error' in expect))('$id: is refused', ({ in: input }) => {
    const [key] = Object.keys(input.handler).filter((name) => name !== 'class');

    expect(() => dictConfig(queueConfig(input), { manager: tree })).toThrow(
      `dictConfig: "handlers.ah.${key}"`,
    );
    expect(getHandlerNames().size).toBe(0);
  });

  it('puts in order what CPython gives up', () => {
    const [deferred] = queue.listed;

    dictConfig(queueConfig(deferred?.in as QueueInput), { manager: tree });

    const names = ['ah', 'b1', 'c1', 'h1'];
    expect(queueStateOf(getHandlerByName('ah') as QueueHandler)).toMatchObject({
      listener_handlers: ['b1'],
      names,
    });
  });

  it('runs or lists every case', () => {
    expect([queue.run.length, queue.listed.length, QUEUE_CASES.length]).toEqual([10, 1, 11]);
  });
});
