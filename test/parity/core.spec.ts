/** Loggers, filters, adapters, the last resort, shutdown and names against what CPython did. */
import { newLoggerData } from '../../lib/core/logger-tree';
import { afterEach, describe, expect, it } from 'vitest';
import { Filter, type FilterLike } from '../../lib/core/filterer';
import { getHandlerByName, getHandlerNames, Handler } from '../../lib/core/handler';
import { lastResort } from '../../lib/core/last-resort';
import { Logger } from '../../lib/core/logger';
import { LoggerAdapter } from '../../lib/core/logger-adapter';
import { Manager } from '../../lib/core/manager';
import { loggingSettings } from '../../lib/core/diagnostics';
import { shutdown } from '../../lib/core/shutdown';
import { QueueHandler, StreamHandler } from '../../lib/handlers';
import { InMemoryQueue } from '../../lib/queues';
import { CollectingHandler } from '../../lib/testing';
import { capturedStderr } from '../support/captured-stderr';
import { some } from '../support/some';
import { split, vectors, type Differences, type Vector } from '../support/vectors';

function rows(reason: string, ...ids: readonly string[]): Differences {
  return Object.fromEntries(ids.map((id) => [id, reason]));
}

const DIFFERENCES: Differences = {
  ...rows(
    'fields live in `extra` and cannot overwrite an attribute, so a log call has nothing to throw for; CPython raises',
    ...[
      'message',
      'asctime',
      'levelno',
      'pathname',
      'module',
      'stack_info',
      'lineno',
      'funcName',
      'created',
    ].map((key) => `extra-${key}`),
    ...['relativeCreated', 'process', 'taskName'].map((key) => `extra-${key}`),
  ),
  ...rows(
    'a handler whose flush fails is closed all the same; CPython leaves its file open',
    'shutdown-flush-ValueError-False',
    'shutdown-flush-IndexError-True',
    'shutdown-flush-IndexError-False',
  ),
  ...rows(
    'a failure is reported and the handlers after it are still closed; CPython raises and leaves them open',
    'shutdown-acquire-IndexError-True',
    'shutdown-close-IndexError-True',
  ),
  ...rows(
    'closing a handler gives back its own name only; CPython takes it from the handler that has it by then',
    'names',
  ),
};

/** Groups with a spec of their own. */
const ELSEWHERE = {
  basicConfig: 'test/config/basic-config.spec.ts',
  dictConfig: 'test/parity/dict-config.spec.ts',
} as const;

const GROUPS = [
  'hierarchy',
  'dispatch',
  'filter',
  'adapter',
  'extra',
  'lastresort',
  'shutdown',
  'names',
  'repr',
];

function cases<Input, Expected>(group: string): readonly Vector<Input, Expected>[] {
  return split(vectors<Input, Expected>('core', group), DIFFERENCES).run;
}

describe('the differences table', () => {
  it('and the cases that run are all the cases there are', () => {
    const all = GROUPS.flatMap((group) => vectors('core', group).map(({ id }) => id));
    const run = GROUPS.flatMap((group) => cases(group).map(({ id }) => id));

    expect([...run, ...Object.keys(DIFFERENCES)].toSorted()).toEqual(all.toSorted());
    expect(vectors('core', 'basicConfig').length + vectors('core', 'dictConfig').length).toBeGreaterThan(0);
    expect(Object.keys(ELSEWHERE)).toEqual(['basicConfig', 'dictConfig']);
  });
});

interface HierarchyInput {
  readonly getLogger: readonly string[];
  readonly setLevel: Readonly<Record<string, number | string>>;
}

interface LoggerState {
  readonly parent: string;
  readonly level: number;
  readonly effective: number;
  readonly children: readonly string[];
}

interface HierarchyExpected {
  readonly loggers: Readonly<Record<string, LoggerState | 'placeholder'>>;
  readonly root_children: readonly string[];
}

const names = (loggers: Iterable<Logger>): string[] => [...loggers].map(({ name }) => name).toSorted();

describe('hierarchy', () => {
  it.each(cases<HierarchyInput, HierarchyExpected>('hierarchy'))('$id', ({ in: input, expect: expected }) => {
    const manager = new Manager();
    for (const name of input.getLogger) manager.getLogger(name);
    for (const [name, level] of Object.entries(input.setLevel)) manager.getLogger(name).setLevel(level);

    const states = Object.entries(expected.loggers).map(([name]): [string, LoggerState | 'placeholder'] => {
      const logger = manager.loggers.get(name);
      if (logger === undefined) return [name, 'placeholder'];
      return [
        name,
        {
          parent: logger.parent?.name ?? '',
          level: logger.level,
          effective: logger.getEffectiveLevel(),
          children: names(logger.getChildren()),
        },
      ];
    });

    expect(Object.fromEntries(states)).toEqual(expected.loggers);
    expect(names(manager.root.getChildren())).toEqual(expected.root_children);
  });
});

interface DispatchLogger {
  readonly handlers?: readonly number[];
  readonly level?: number;
  readonly propagate?: boolean;
  readonly disabled?: boolean;
  readonly filter?: string;
}

interface DispatchInput {
  readonly loggers?: Readonly<Record<string, DispatchLogger>>;
  readonly disable?: number | string | null;
  readonly calls?: readonly (readonly [string, number, string])[];
}

interface DispatchExpected {
  readonly isEnabledFor?: readonly boolean[];
  readonly handlers_on_root?: number;
  readonly got: readonly unknown[];
}

function noting(label: string, got: unknown[], level = 0): Handler {
  return new CollectingHandler({
    level,
    filters: [(record) => got.push([label, record.name, record.levelno, record.getMessage()])],
  });
}

function setUp(logger: Logger, options: DispatchLogger, got: unknown[]): void {
  for (const level of options.handlers ?? [])
    logger.addHandler(noting(`${logger.name}#${level}`, got, level));
  if (options.level !== undefined) logger.setLevel(options.level);
  if (options.propagate !== undefined) logger.propagate = options.propagate;
  if (options.disabled !== undefined) logger.disabled = options.disabled;
  if (options.filter !== undefined) logger.addFilter(new Filter(options.filter));
}

describe('dispatch', () => {
  const all = cases<DispatchInput, DispatchExpected>('dispatch');

  it.each(all.filter(({ in: input }) => input.loggers !== undefined))(
    '$id',
    ({ in: input, expect: expected }) => {
      const manager = new Manager();
      const got: unknown[] = [];
      for (const [name, options] of Object.entries(input.loggers ?? {}))
        setUp(manager.getLogger(name), options, got);
      if (input.disable !== null && input.disable !== undefined) manager.disable = input.disable;

      const enabled = (input.calls ?? []).map(([name, level, message]) => {
        manager.getLogger(name).log(level, message);
        return manager.getLogger(name).isEnabledFor(level);
      });

      expect({ isEnabledFor: enabled, got }).toEqual(expected);
    },
  );

  it.each(all.filter(({ id }) => id === 'dispatch-same-handler-on-two-loggers'))(
    '$id',
    ({ expect: expected }) => {
      const manager = new Manager();
      const got: unknown[] = [];
      const handler = noting('h', got);
      manager.root.setLevel(10);
      for (const logger of [manager.root, manager.root, manager.getLogger('a')]) logger.addHandler(handler);

      manager.getLogger('a').info('x');

      expect({ handlers_on_root: manager.root.handlers.length, got }).toEqual(expected);
    },
  );
});

interface FilterInput {
  readonly filter?: string;
  readonly record?: string;
}

describe('filter', () => {
  const all = cases<FilterInput, Readonly<Record<string, unknown>>>('filter');
  const filters: Readonly<Record<string, readonly FilterLike[]>> = {
    'handler-filter-none': [],
    'handler-filter-zero': [() => 0],
    'handler-filter-empty-string': [() => ''],
    'handler-filter-same-filter-twice': [(record) => (record.msg = 'changed')],
  };

  it.each(all.filter(({ in: input }) => input.filter !== undefined))(
    '$id',
    ({ in: input, expect: expected }) => {
      expect(new Filter(input.filter).filter(some.record({ name: input.record ?? '' }))).toBe(
        expected['value'],
      );
    },
  );

  it.each(all.filter(({ in: input }) => input.filter === undefined))('$id', ({ id, expect: expected }) => {
    const record = some.record({ message: 'orig' });
    const handler = new CollectingHandler();
    const own = filters[id];
    if (own === undefined) throw new Error(`no filter for "${id}"`);
    for (const filter of [...own, ...own]) handler.addFilter(filter);

    const result = handler.handle(record);

    const returned =
      result === record ? 'the original record' : String(result) === 'false' ? 'False' : 'another record';
    expect({ got: handler.messages, returned, original_msg: record.msg }).toEqual(expected);
  });
});

interface AdapterInput {
  readonly merge_extra: boolean | '<default>';
  readonly adapter_extra: Readonly<Record<string, unknown>> | null | '<default>';
  readonly call_extra: Readonly<Record<string, unknown>> | null | '<none>';
}

interface AdapterExpected {
  readonly value: { readonly $dict: readonly (readonly [string, unknown])[] };
}

describe('adapter', () => {
  it.each(cases<AdapterInput, AdapterExpected>('adapter'))('$id', ({ in: input, expect: { value } }) => {
    const manager = new Manager();
    const seen = new CollectingHandler();
    manager.root.addHandler(seen);
    const extra = typeof input.adapter_extra === 'string' ? undefined : (input.adapter_extra ?? undefined);
    const options = typeof input.merge_extra === 'string' ? {} : { mergeExtra: input.merge_extra };
    const call = typeof input.call_extra === 'string' ? undefined : (input.call_extra ?? undefined);

    new LoggerAdapter(manager.getLogger('a'), extra, options).error(
      'm',
      ...(call === undefined ? [] : [call]),
    );

    expect(seen.messages).toEqual(['m']);
    expect(Object.entries(seen.records[0]?.extra ?? {})).toEqual(value.$dict);
  });
});

describe('extra', () => {
  it.each(cases<{ key: string }, { value: unknown }>('extra'))(
    '$id',
    ({ in: { key }, expect: { value } }) => {
      const manager = new Manager();
      const seen = new CollectingHandler();
      manager.root.addHandler(seen);

      manager.getLogger('a').error('m', { [key]: 'v' });

      expect(seen.records[0]?.extra?.[key]).toBe(value);
    },
  );
});

interface LastResortInput {
  readonly level: number;
  readonly msg: string;
  readonly lastResort: 'default' | null;
  readonly raiseExceptions: boolean;
  readonly twice: boolean;
}

describe('lastresort', () => {
  const original = lastResort.handler;

  afterEach(() => {
    lastResort.handler = original;
    lastResort.warned = false;
    loggingSettings.raiseExceptions = true;
  });

  it.each(cases<LastResortInput, { stderr: string }>('lastresort'))(
    '$id',
    ({ in: input, expect: { stderr } }) => {
      const captured = capturedStderr();
      const logger = new Manager().getLogger('x');
      logger.setLevel(1);
      if (input.lastResort === null) lastResort.handler = undefined;
      loggingSettings.raiseExceptions = input.raiseExceptions;

      for (let i = 0; i < (input.twice ? 2 : 1); i++) logger.log(input.level, input.msg);

      expect(captured.text).toBe(stderr);
    },
  );
});

interface ShutdownInput {
  readonly handlers: readonly { readonly fail?: string; readonly exc?: string }[];
  readonly raiseExceptions: boolean;
}

interface ShutdownExpected {
  readonly calls: readonly string[];
  readonly raised: string | null;
}

class Noting extends Handler {
  readonly #note: (call: string) => void;

  constructor(note: (call: string) => void) {
    super();
    this.#note = note;
  }

  override acquire(): void {
    this.#note('acquire');
  }
  override release(): void {
    this.#note('release');
  }
  override flush(): void {
    this.#note('flush');
  }
  override close(): void {
    void super.close();
    this.#note('close');
  }
}

describe('shutdown', () => {
  afterEach(() => {
    loggingSettings.raiseExceptions = true;
  });

  it.each(cases<ShutdownInput, ShutdownExpected>('shutdown'))(
    '$id',
    async ({ in: input, expect: expected }) => {
      capturedStderr();
      loggingSettings.raiseExceptions = input.raiseExceptions;
      const calls: string[] = [];
      const handlers = input.handlers.map(({ fail, exc }, at) => {
        return new Noting((call) => {
          if (call === fail) throw new Error(exc);
          calls.push(`${at} ${call}`);
        });
      });

      await shutdown();

      expect({ calls, raised: null }).toEqual(expected);
      // A handler whose acquire failed is still open.
      for (const handler of handlers) void Handler.prototype.close.call(handler);
    },
  );
});

describe('names', () => {
  it.each(cases<unknown, { type: string; unknown: null }>('names'))('$id', ({ expect: expected }) => {
    expect(getHandlerByName('nobody') ?? null).toBe(expected.unknown);
    // A frozenset cannot be changed: ours is a copy.
    expect(getHandlerNames()).not.toBe(getHandlerNames());
  });
});

describe('repr', () => {
  class N extends Handler {}
  class L extends Logger {}
  const logger = new L(newLoggerData('a.b', 15), new Manager());
  const subjects: Readonly<Record<string, object>> = {
    'repr-Handler-15': Object.assign(Object.create(Handler.prototype) as Handler, { level: 15 }),
    'repr-StreamHandler-int-name': new StreamHandler({ name: 2, write: () => true }),
    'repr-subclass': new N(),
    'repr-Logger': logger,
    'repr-LoggerAdapter': new LoggerAdapter(logger),
    'repr-QueueHandler': new QueueHandler(new InMemoryQueue()),
  };

  it.each(cases<unknown, { repr: string }>('repr'))('$id', ({ id, expect: { repr } }) => {
    expect(String(subjects[id])).toBe(repr);
  });
});
