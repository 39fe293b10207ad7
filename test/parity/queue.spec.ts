/** QueueHandler and QueueListener against what CPython did. */
import { describe, expect, it } from 'vitest';
import type { LogRecord } from '../../lib/core/log-record';
import { MappingArguments } from '../../lib/core/mapping-arguments';
import { makeLogRecord } from '../../lib/core/record-factory';
import { lookupField } from '../../lib/core/record-fields';
import { Formatter } from '../../lib/formatters';
import { QueueHandler, QueueListener } from '../../lib/handlers';
import { InMemoryQueue, type Delivery, type LogQueue } from '../../lib/queues';
import { CollectingHandler } from '../../lib/testing';
import { runChild } from '../support/child';
import { untag } from '../support/python-value';
import { some } from '../support/some';
import { split, vectors, type Differences } from '../support/vectors';

interface PrepareInput {
  readonly format: string | null;
  readonly attributes: unknown;
}

interface PrepareExpected {
  readonly errors: readonly unknown[];
  readonly queued?: unknown;
  readonly original?: unknown;
  readonly queued_class?: string;
  readonly same_object?: boolean;
}

interface LevelInput {
  readonly respect_handler_level: boolean | '<default>';
  readonly handler_level: number;
  readonly record_level: number;
}

const PREPARE_DIFFERENCES: Differences = {
  'prepare-05-bad-args': 'util.format renders any argument of %d (NaN): there is no error to handle',
  'prepare-16-bad-args-formatted': 'as prepare-05-bad-args',
};

const ENQUEUE_DIFFERENCES: Differences = {
  'enqueue-no-put_nowait': 'what is no queue is refused at construction, not at every record',
};

const LISTENER_DIFFERENCES: Differences = {
  'listener-none-in-the-queue-is-the-sentinel':
    'there is no sentinel: stop() counts what waits, and a queue holds records only',
};

/** Attributes that the vectors hold as Python's None, and we as undefined or as an empty list. */
function pythonOf(record: LogRecord, names: readonly string[]): Record<string, unknown> {
  const none = new Set(['exc_info', 'exc_text', 'stack_info', 'args']);
  return Object.fromEntries(
    names.map((name) => {
      const value = lookupField(record, name);
      const empty = value === undefined || (Array.isArray(value) && value.length === 0);
      // Our args are always a list; a dict is the only item of its list.
      if (name === 'args' && value instanceof MappingArguments) return [name, value[0]];
      if (none.has(name) && empty) return [name, null];
      return [name, value instanceof Error ? '<exc_info>' : value];
    }),
  );
}

/** The attributes of the vector; an empty tuple of arguments is our None. */
function expectedOf(tagged: unknown): Record<string, unknown> {
  const fields = untag(tagged) as Record<string, unknown>;
  if (Array.isArray(fields['args']) && fields['args'].length === 0) fields['args'] = null;
  return fields;
}

/** Its exception prints as the vectors have it, whose traceback was replaced. */
function recordOf(tagged: unknown): LogRecord {
  const { exc_info, ...fields } = untag(tagged) as Record<string, unknown>;
  const record = makeLogRecord(fields);
  for (const name of ['excText', 'stackInfo'] as const) record[name] ??= undefined;
  if (exc_info !== null) record.excInfo = Object.assign(new Error('boom'), { stack: 'EXC<ValueError>' });
  return record;
}

class QuietQueueHandler extends QueueHandler {
  readonly failures: unknown[] = [];

  override handleError(_record: LogRecord, error: unknown): void {
    this.failures.push(error);
  }
}

describe('prepare vectors', () => {
  const cases = vectors<PrepareInput, PrepareExpected>('queue', 'prepare');
  const { run, listed } = split(cases, PREPARE_DIFFERENCES);
  it.each(run)('$id', ({ in: input, expect: expected }) => {
    const formatter =
      input.format === null ? undefined : new Formatter(input.format, { utc: true, escape: false });
    const handler = new QuietQueueHandler(new InMemoryQueue(), formatter === undefined ? {} : { formatter });
    const record = recordOf(input.attributes);

    const queued = handler.prepare(record);

    const names = Object.keys(expectedOf(expected.queued));
    expect(pythonOf(queued, names)).toEqual(expectedOf(expected.queued));
    expect(
      pythonOf(
        record,
        names.filter((name) => name in expectedOf(expected.original)),
      ),
    ).toEqual(expectedOf(expected.original));
    expect(queued === record).toBe(expected.same_object);
    expect(handler.failures).toEqual(expected.errors);
  });

  it('runs or lists every case', () => {
    expect(run.length + listed.length).toBe(cases.length);
    expect(Object.keys(PREPARE_DIFFERENCES)).toHaveLength(listed.length);
  });
});

describe('enqueue vectors', () => {
  const cases = vectors<{ records: number }, { size: number; errors: readonly string[] }>('queue', 'enqueue');
  const { run, listed } = split(cases, ENQUEUE_DIFFERENCES);

  const queueOf = (id: string): LogQueue => {
    const inner = new InMemoryQueue(id === 'enqueue-bounded-full' ? { maxSize: 2 } : {});
    if (id !== 'enqueue-only-put_nowait') return inner;
    const minimal: Pick<LogQueue, 'enqueue' | 'size'> = {
      enqueue: (record) => inner.enqueue(record),
      get size() {
        return inner.size;
      },
    };
    return minimal as LogQueue;
  };

  it.each(run)('$id', ({ id, in: input, expect: expected }) => {
    const queue = queueOf(id);
    const handler = new QuietQueueHandler(queue);

    for (let i = 0; i < input.records; i++) handler.handle(some.record());

    expect(queue.size).toBe(expected.size);
    expect(handler.failures).toHaveLength(expected.errors.length);
  });

  it('enqueue-no-put_nowait: refuses what is no queue', () => {
    expect(() => new QueueHandler({} as LogQueue)).toThrow(
      '"queue" must be a queue with an enqueue(record) method',
    );
  });

  it('runs or lists every case', () => {
    expect(run.length + listed.length).toBe(cases.length);
    expect(Object.keys(ENQUEUE_DIFFERENCES)).toHaveLength(listed.length);
  });
});

describe('levels vectors', () => {
  const cases = vectors<LevelInput, { handled: number }>('queue', 'levels');

  it.each(cases)('$id', async ({ in: input, expect: expected }) => {
    const queue = new InMemoryQueue();
    const seen = new CollectingHandler({ level: input.handler_level });
    const respect = input.respect_handler_level;
    const listener = new QueueListener(
      queue,
      [seen],
      respect === '<default>' ? {} : { respectHandlerLevel: respect },
    );
    new QueueHandler(queue).handle(some.record({ levelno: input.record_level }));

    await listener.start().stop();

    expect(seen.messages).toHaveLength(expected.handled);
  });
});

describe('listener vectors', () => {
  const cases = vectors<unknown, Record<string, unknown>>('queue', 'listener');
  const { run, listed } = split(cases, LISTENER_DIFFERENCES);

  function trial(count: number) {
    const queue = new InMemoryQueue();
    const seen = new CollectingHandler();
    const handler = new QueueHandler(queue);
    const log = (message: string): void => void handler.handle(some.record({ message }));
    for (let i = 0; i < count; i++) log(`m${i}`);
    return { queue, seen, log, listener: new QueueListener(queue, [seen]) };
  }

  const answers: Readonly<Record<string, () => Promise<Record<string, unknown>>>> = {
    async 'listener-stop-drains-what-was-queued-before'() {
      const { queue, seen, listener } = trial(1000);
      let unacknowledged = 1000;
      const dequeue = queue.dequeueSync.bind(queue);
      queue.dequeueSync = (): readonly Delivery[] =>
        dequeue().map((delivery) => ({ ...delivery, ack: () => void unacknowledged-- }));
      await listener.start().stop();
      return {
        handled: seen.messages.length,
        left: queue.size,
        thread: listener.running ? 'running' : null,
        unfinished_tasks: unacknowledged,
        in_order: seen.messages.every((message, i) => message === `m${i}`),
      };
    },
    async 'listener-restart-picks-up-late-records'() {
      const { queue, seen, log, listener } = trial(3);
      await listener.start().stop();
      log('late');
      const left = queue.size;
      await listener.start().stop();
      return { left_after_stop: left, handled_after_restart: seen.messages };
    },
    async 'listener-start-twice'() {
      const { listener } = trial(0);
      listener.start();
      let message = '';
      try {
        listener.start();
      } catch (error) {
        message = (error as Error).message.replace(
          /.*the listener is already started.*/,
          'Listener already started',
        );
      }
      const running = listener.running ? 1 : 0;
      await listener.stop();
      return { error: { type: 'RuntimeError', message }, threads_running: running };
    },
    async 'listener-context-manager'() {
      const { seen, listener } = trial(2);
      listener.start();
      const running = listener.running;
      await listener[Symbol.asyncDispose]();
      return {
        running_inside: running,
        handled: seen.messages,
        thread_after: listener.running ? 'running' : null,
      };
    },
    async 'listener-simple-queue-no-task_done'() {
      const { queue, seen, listener } = trial(3);
      await listener.start().stop();
      return { handled: seen.messages, left: queue.size };
    },
    async 'listener-thread-is-daemon'() {
      const { code } = await runChild(`
        const { QueueListener } = lib('handlers');
        const { InMemoryQueue } = lib('queues');
        new QueueListener(new InMemoryQueue(), []).start();
      `);
      return { daemon: code === 0 };
    },
  };

  it.each(run)('$id', async ({ id, expect: expected }) => {
    expect(await answers[id]?.()).toEqual(expected);
  });

  it('runs or lists every case', () => {
    expect(Object.keys(answers)).toHaveLength(run.length);
    expect(run.length + listed.length).toBe(cases.length);
    expect(Object.keys(LISTENER_DIFFERENCES)).toHaveLength(listed.length);
  });
});
