/** logIfErrors against CPython's logging cookbook: what is printed, line by line, by both at once. */
import { describe, expect, it } from 'vitest';
import { CRITICAL, DEBUG, ERROR, INFO, WARNING } from '../../lib/core/level';
import { Manager } from '../../lib/core/manager';
import type { Logger } from '../../lib/core/logger';
import { NullHandler, StreamHandler } from '../../lib/handlers';
import { HindsightHandler } from '../../lib/scope/hindsight.handler';
import { logIfErrors, type LogIfErrorsOptions } from '../../lib/scope/log-if-errors';
import { split, vectors, type Differences } from '../support/vectors';

interface FooArguments {
  readonly fail?: boolean;
  readonly boom?: boolean;
}

type Call = readonly [text: string, decorated: boolean, args: FooArguments];

interface CookbookInput {
  readonly calls: readonly Call[];
  readonly kwargs: { readonly capacity?: number; readonly flush_level?: number };
}

interface CookbookExpected {
  readonly lines: readonly string[];
  readonly handlers_left: number;
}

const DIFFERENCES: Differences = {
  'cookbook-capacity-2':
    'a full buffer drops its oldest record and says so; the recipe writes them, so that a success prints its records',
};

/** The level of the logger is the case's name only: the vector does not carry it. */
const LOGGER_LEVELS: Readonly<Record<string, number>> = { 'cookbook-logger-level-warning': WARNING };

const LEVELS = [
  ['DEBUG', DEBUG],
  ['INFO', INFO],
  ['WARNING', WARNING],
  ['ERROR', ERROR],
  ['CRITICAL', CRITICAL],
] as const;

/** One run of the recipe. The function under test and the handler print to the same lines. */
class Cookbook {
  #text = '';
  readonly #logger: Logger;
  readonly #options: LogIfErrorsOptions;

  constructor(level: number, { capacity, flush_level: flushLevel }: CookbookInput['kwargs']) {
    this.#logger = new Manager().getLogger('test_foo');
    this.#logger.setLevel(level);
    this.#logger.addHandler(new NullHandler());
    this.#options = {
      target: new StreamHandler({ write: (text: string) => this.#print(text) }),
      ...(capacity === undefined ? {} : { capacity }),
      ...(flushLevel === undefined ? {} : { flushLevel }),
    };
  }

  run(calls: readonly Call[]): readonly string[] {
    for (const [text, decorated, args] of calls) {
      this.#print(`${text}\n`);
      const foo = decorated ? logIfErrors(this.#logger, this.#options)(this.#foo) : this.#foo;
      try {
        foo(args);
      } catch (error) {
        this.#print(`${(error as Error).name} reached the caller\n`);
      }
    }
    return asPython(this.#text.trimEnd().split('\n'));
  }

  /** What a record outside of any call prints, and by how many handlers beside the one of the calls. */
  outside(): { readonly printed: string; readonly handlers: number } {
    this.#text = '';
    this.#logger.critical('outside');
    const others = this.#logger.handlers.filter((handler) => !(handler instanceof HindsightHandler));
    return { printed: this.#text, handlers: others.length };
  }

  /** The cookbook's `foo`. */
  readonly #foo = ({ fail = false, boom = false }: FooArguments): void => {
    for (const [name, level] of LEVELS) {
      if (level >= ERROR && !fail) break;
      this.#print(`about to log at ${name} ...\n`);
      this.#logger.log(level, `Actually logged at ${name}`);
    }
    if (boom) throw new ValueError('boom');
  };

  #print(text: string): boolean {
    this.#text += text;
    return true;
  }
}

class ValueError extends Error {
  override readonly name = 'ValueError';
}

/** A stack in place of a traceback: the Error first, then where; Python has them the other way round. */
function asPython(lines: readonly string[]): readonly string[] {
  const python: string[] = [];
  for (const line of lines) {
    if (/^\s+at /.test(line)) continue;
    if (line === 'ValueError: boom') python.push('Traceback (most recent call last):', '  ...');
    python.push(line);
  }
  return python;
}

function cookbook(id: string, { calls, kwargs }: CookbookInput): { lines: readonly string[]; run: Cookbook } {
  const run = new Cookbook(LOGGER_LEVELS[id] ?? DEBUG, kwargs);
  return { lines: run.run(calls), run };
}

describe('cookbook vectors', () => {
  const cases = vectors<CookbookInput, CookbookExpected>('memory', 'cookbook');
  const { run, listed } = split(cases, DIFFERENCES);

  it.each(run)('$id', ({ id, in: input, expect: expected }) => {
    expect(cookbook(id, input).lines).toEqual(expected.lines);
  });

  // The recipe takes its handler off the logger when a call ends; ours stays, and is deaf outside of its calls.
  it.each(cases)('$id: leaves nothing that prints', ({ id, in: input, expect: expected }) => {
    expect(cookbook(id, input).run.outside()).toEqual({ printed: '', handlers: expected.handlers_left });
  });

  it('runs or lists every case', () => {
    expect(run.length + listed.length).toBe(cases.length);
    expect(listed.map(({ id }) => id)).toEqual(Object.keys(DIFFERENCES));
  });

  it('cookbook-capacity-2: a success prints nothing, a failure the newest records and how many are missing', () => {
    const [input] = listed.map(({ in: given }) => given);

    expect(input && cookbook('cookbook-capacity-2', input).lines).toEqual([
      'Calling decorated foo with False',
      'about to log at DEBUG ...',
      'about to log at INFO ...',
      'about to log at WARNING ...',
      'Calling decorated foo with True',
      'about to log at DEBUG ...',
      'about to log at INFO ...',
      'about to log at WARNING ...',
      'about to log at ERROR ...',
      'Actually logged at DEBUG',
      '1 records are missing here: the scope was full',
      'Actually logged at WARNING',
      'Actually logged at ERROR',
      'about to log at CRITICAL ...',
      'Actually logged at CRITICAL',
    ]);
  });
});
