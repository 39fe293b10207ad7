/** BufferingHandler and MemoryHandler against what CPython did. */
import { describe, expect, it } from 'vitest';
import type { LogRecord } from '../../lib/core/log-record';
import { closeHandler } from '../../lib/core/shutdown';
import { BufferingHandler, MemoryHandler } from '../../lib/handlers';
import { CollectingHandler } from '../../lib/testing';
import { some } from '../support/some';
import { split, vectors, type Differences } from '../support/vectors';

type Action = readonly [string, ...unknown[]];

interface MemoryInput {
  readonly capacity: number;
  readonly flushLevel: number | '<default>';
  readonly flushOnClose: boolean | '<default>';
  readonly target: 'A' | 'B' | null;
  readonly actions: readonly Action[];
}

interface Step {
  readonly reached: readonly string[];
  readonly buffered: number;
  readonly returned?: boolean;
}

interface MemoryExpected {
  readonly after: readonly Step[];
}

interface MailInput {
  readonly capacity: number;
  readonly records: number;
}

interface MailExpected {
  readonly batches_before_close: readonly number[];
  readonly batches_after_close: readonly number[];
  readonly last_line: string;
}

const DIFFERENCES: Differences = {
  'm39-target-fails-on-close':
    'a target that throws is reported to handleError; CPython raises in close() and keeps the record, to send it twice',
};

/** A target that writes down what reached it; it throws from `handle` when told to. */
class Target extends CollectingHandler {
  readonly #label: string;
  readonly #reached: string[];
  fails = false;

  constructor(label: string, reached: string[]) {
    super();
    this.#label = label;
    this.#reached = reached;
  }

  override handle(record: LogRecord): LogRecord | false {
    if (this.fails) throw new Error('target failed');
    return super.handle(record);
  }

  override emit(record: LogRecord): void {
    this.#reached.push(`${this.#label}:${record.getMessage()}`);
  }

  override flush(): void {
    this.#reached.push(`${this.#label}:<flush>`);
  }
}

class MemoryCase {
  readonly reached: string[] = [];
  readonly targets: Readonly<Record<string, Target>> = {
    A: new Target('A', this.reached),
    B: new Target('B', this.reached),
  };
  readonly handler: BufferingHandler;

  constructor(handler: (target: (label: string | null) => Target | undefined) => BufferingHandler) {
    this.handler = handler((label) => (label === null ? undefined : this.targets[label]));
  }

  async step(action: Action): Promise<Step> {
    const returned = await this.#do(action);
    const after = { reached: [...this.reached], buffered: this.handler.buffer.length };
    return typeof returned === 'boolean' ? { ...after, returned } : after;
  }

  #do([name, first, second]: Action): unknown {
    switch (name) {
      case 'log':
        return this.#log(Number(first), String(second));
      case 'flush':
        return this.handler.flush();
      case 'close':
        return this.handler.close();
      case 'shutdown':
        return closeHandler(this.handler);
      case 'shouldFlush':
        return this.handler.shouldFlush(some.record({ levelno: Number(first) }));
      case 'setTarget':
        return this.#memory().setTarget(typeof first === 'string' ? this.targets[first] : undefined);
      default:
        return this.#prepare(name, first);
    }
  }

  #prepare(name: string, value: unknown): void {
    const target = this.targets['A'];
    if (target === undefined) throw new Error('no target A');
    if (name === 'target level') target.setLevel(Number(value));
    else if (name === 'target filter')
      target.addFilter((record) => !record.getMessage().includes(String(value)));
    else if (name === 'target') target.fails = value === 'fail';
    else if (name === 'handler level') this.handler.setLevel(Number(value));
    else if (name !== 'target flush spy') throw new Error(`unknown action "${name}"`);
  }

  #log(levelno: number, message: string): void {
    if (levelno >= this.handler.level) this.handler.handle(some.record({ levelno, message }));
  }

  #memory(): MemoryHandler {
    if (this.handler instanceof MemoryHandler) return this.handler;
    throw new Error('the action needs a MemoryHandler');
  }
}

async function steps(input: MemoryInput, { handler }: { handler: 'memory' | 'buffering' }): Promise<Step[]> {
  const run = new MemoryCase((target) => {
    if (handler === 'buffering') return new BufferingHandler(input.capacity);
    const chosen = target(input.target);
    return new MemoryHandler(input.capacity, {
      ...(input.flushLevel === '<default>' ? {} : { flushLevel: input.flushLevel }),
      ...(input.flushOnClose === '<default>' ? {} : { flushOnClose: input.flushOnClose }),
      ...(chosen === undefined ? {} : { target: chosen }),
    });
  });
  const results: Step[] = [];
  for (const action of input.actions) results.push(await run.step(action));
  return results;
}

/** The cookbook's BufferingSMTPHandler, with a list in place of the mail server. */
class MailingHandler extends BufferingHandler {
  readonly batches: string[][] = [];

  override flush(): void {
    if (this.buffer.length > 0) this.batches.push(this.buffer.map((record) => this.format(record)));
    this.buffer = [];
  }
}

describe.each(['memory', 'buffering'] as const)('%s vectors', (handler) => {
  const cases = vectors<MemoryInput, MemoryExpected>('memory', handler);
  const { run, listed } = split(cases, DIFFERENCES);

  it.each(run)('$id', async ({ in: input, expect: expected }) => {
    expect(await steps(input, { handler })).toEqual(expected.after);
  });

  it('runs or lists every case', () => {
    expect(run.length + listed.length).toBe(cases.length);
  });
});

describe('mail vectors', () => {
  const cases = vectors<MailInput, MailExpected>('memory', 'mail');
  const { run, listed } = split(cases, DIFFERENCES);

  it.each(run)('$id', ({ in: input, expect: expected }) => {
    const handler = new MailingHandler(input.capacity, {
      formatter: { format: (record) => `${record.levelname.padEnd(5)} ${record.getMessage()}` },
    });
    for (let at = 0; at < input.records; at++)
      handler.handle(some.record({ message: 'Info index = %d', args: [at] }));

    expect(handler.batches.map((batch) => batch.length)).toEqual(expected.batches_before_close);
    void handler.close();
    expect(handler.batches.map((batch) => batch.length)).toEqual(expected.batches_after_close);
    expect(handler.batches.at(-1)?.at(-1)).toBe(expected.last_line);
  });

  it('runs or lists every case', () => {
    expect(run.length + listed.length).toBe(cases.length);
  });
});

describe('differences from CPython', () => {
  it('names only cases that exist', () => {
    const ids = ['memory', 'buffering', 'mail'].flatMap((group) =>
      vectors('memory', group).map(({ id }) => id),
    );

    expect(ids).toEqual(expect.arrayContaining(Object.keys(DIFFERENCES)));
  });

  it('m39-target-fails-on-close: reports the record once and closes', async () => {
    const reached: string[] = [];
    const target = new Target('A', reached);
    const handler = new MemoryHandler(3, { target });
    const failures: unknown[] = [];
    handler.handleError = (_record, error) => void failures.push(error);
    handler.handle(some.record());
    target.fails = true;

    await handler.close();
    handler.flush();

    expect(failures).toEqual([new Error('target failed')]);
    expect(handler.buffer).toEqual([]);
  });
});
