/** Formatters, and the records and levels they print, against what CPython did. */
import { afterEach, describe, expect, it } from 'vitest';
import { addLevelName, getLevelName, parseLevel } from '../../lib/core/level';
import { LogRecord } from '../../lib/core/log-record';
import { lookupField, RECORD_FIELDS } from '../../lib/core/record-fields';
import { makeLogRecord } from '../../lib/core/record-factory';
import { BufferingFormatter } from '../../lib/formatters/buffering.formatter';
import { Formatter, type FormatterOptions } from '../../lib/formatters/formatter';
import { LoggingError } from '../../lib/errors';
import { untag } from '../support/python-value';
import { some } from '../support/some';
import { vectors, type Vector } from '../support/vectors';

/** Group, ids (none: the whole group), and why. */
const DIFFERENCES: readonly (readonly [group: string, ids: readonly string[], reason: string])[] = [
  ['message', [], 'placeholders of a log call are util.format’s, Node’s own (design §3)'],
  ['time', ['t176'], 'the moment is beyond Date; a FormatError says so, in words of ours'],
  [
    'compose',
    ['x055', 'x056', 'x070', 'x071'],
    'there is no sys.exc_info(), so exc_info=True has no meaning',
  ],
  ['record', ['l34'], 'level 5 has a name: VERBOSE, for Nest'],
  ['clock', ['ck09', 'ck10'], 'Date.now() has whole milliseconds; these are about the digits behind them'],
  ['levels', ['getLevelName-22'], 'a boolean is no number'],
  ['levels', ['setLevel-38'], 'the sentence says null, not None'],
  ['levels', ['getLevelNamesMapping'], 'VERBOSE is in the table too'],
];

function listed(group: string): readonly string[] {
  return DIFFERENCES.filter(([of]) => of === group).flatMap(([, ids]) => ids);
}

function wholeGroupListed(group: string): boolean {
  return DIFFERENCES.some(([of, ids]) => of === group && ids.length === 0);
}

function cases<Input, Expected>(group: string): readonly Vector<Input, Expected>[] {
  const skipped = listed(group);
  return vectors<Input, Expected>('formatting', group).filter(({ id }) => !skipped.includes(id));
}

interface Outcome {
  readonly value?: unknown;
  readonly error?: { readonly type: string; readonly message: string };
}

/** What came out, in the shape of the vectors: the text, or the sentence of the error. */
function outcome(action: () => unknown): { readonly value: unknown } | { readonly error: string } {
  try {
    return { value: action() };
  } catch (error) {
    if (!(error instanceof LoggingError)) throw error;
    return { error: error.message };
  }
}

function expected(wanted: Outcome): { readonly value: unknown } | { readonly error: string } {
  return wanted.error === undefined ? { value: untag(wanted.value) } : { error: wanted.error.message };
}

function given<T>(key: string, value: T | null | undefined): Record<string, T> {
  return value === null || value === undefined ? {} : { [key]: value };
}

const zone = process.env['TZ'];
function inZone(name: string): void {
  process.env['TZ'] = name;
}
afterEach(() => {
  if (zone === undefined) delete process.env['TZ'];
  else process.env['TZ'] = zone;
});

interface FormatInput {
  readonly fmt: string | null;
  readonly style: '%' | '{' | '$';
  readonly datefmt: string | null;
  readonly defaults: unknown;
  readonly fields: unknown;
  readonly validate: boolean;
}

const BASE = {
  name: 'app.db',
  levelno: 30,
  levelname: 'WARNING',
  pathname: '/srv/app/db/pool.py',
  lineno: 42,
  funcName: 'acquire',
  created: 1_700_000_000.123456,
  msecs: 123,
  relativeCreated: 4567.891,
  thread: 139_872_034,
  threadName: 'MainThread',
  process: 4242,
  processName: 'MainProcess',
  msg: 'pool %s has %d free',
  args: ['main', 3],
} as const;

describe('format vectors', () => {
  it.each(cases<FormatInput, Outcome>('format'))('$id', ({ in: input, expect: wanted }) => {
    inZone('UTC');
    const fields = { ...BASE, ...(untag(input.fields) as Record<string, unknown>) };
    const record = makeLogRecord({ ...fields, args: fields.args ?? [] });
    const options = {
      style: input.style,
      validate: input.validate,
      escape: false,
      ...given('datefmt', input.datefmt),
      ...given('defaults', untag(input.defaults)),
    } as FormatterOptions;

    expect(outcome(() => new Formatter(input.fmt, options).format(record))).toEqual(expected(wanted));
  });
});

describe('validate vectors', () => {
  it.each(cases<{ readonly style: '%' | '{' | '$'; readonly fmt: string }, Outcome>('validate'))(
    '$id',
    ({ in: { style, fmt }, expect: wanted }) => {
      const made = outcome(() => new Formatter(fmt, { style }) instanceof Formatter);

      expect(made).toEqual(wanted.error === undefined ? { value: true } : { error: wanted.error.message });
    },
  );
});

interface TimeInput {
  readonly created: unknown;
  readonly msecs: unknown;
  readonly tz: string;
  readonly datefmt: string | null;
  readonly converter: 'localtime' | 'gmtime';
  readonly default_time_format: string | null;
  readonly default_msec_format: string | null;
}

describe('time vectors', () => {
  it.each(cases<TimeInput, Outcome>('time'))('$id', ({ in: input, expect: wanted }) => {
    inZone(input.tz);
    const record = makeLogRecord({ created: untag(input.created), msecs: untag(input.msecs) });
    const formatter = new Formatter(null, { utc: input.converter === 'gmtime' });
    if (input.default_time_format !== null) formatter.defaultTimeFormat = input.default_time_format;
    if (input.default_msec_format !== 'class default')
      formatter.defaultMsecFormat = input.default_msec_format;

    const time = outcome(() => formatter.formatTime(record, input.datefmt ?? undefined));

    expect(time).toEqual(expected(wanted));
  });
});

interface ComposeInput {
  readonly formatter?: 'base' | 'custom';
  readonly msg?: string;
  readonly exc?: string;
  readonly stack_info?: string | null;
  readonly exception?: readonly [name: string, args: readonly string[]];
  readonly style?: '%' | '{' | '$';
  readonly fmt?: string;
}

interface ComposeExpected {
  readonly text?: Outcome;
  readonly exc_text_after?: string | null;
  readonly message_after?: string;
  readonly usesTime?: boolean;
  readonly has_asctime?: boolean;
}

class CustomFormatter extends Formatter {
  override formatException(error: unknown): string {
    return `EXC<${error instanceof Error ? error.name : typeof error}>`;
  }
  override formatStack(stack: string): string {
    return `STACK<${stack}>`;
  }
}

/** An Error whose stack is the text that Python prints for it without frames. */
function pythonError(name: string, message: string): Error {
  const stack = message === '' ? name : `${name}: ${message}`;
  return Object.assign(new Error(message), { name, stack });
}

function composeRecord({ msg, exc, stack_info: stackInfo, exception }: ComposeInput): LogRecord {
  const record = makeLogRecord({ msg: msg ?? 'm', stack_info: stackInfo ?? undefined });
  if (exc === 'exc_info' || exc === 'both') record.excInfo = pythonError('ValueError', 'fresh');
  if (exc === 'exc_text' || exc === 'both') record.excText = 'Traceback\nValueError: cached';
  if (exception !== undefined) record.excInfo = pythonError(exception[0], exception[1].join(', '));
  return record;
}

function compose(input: ComposeInput, wanted: ComposeExpected): unknown {
  if (input.fmt !== undefined) {
    return { usesTime: new Formatter(input.fmt, { style: input.style ?? '%' }).usesTime() };
  }
  const record = composeRecord(input);
  const Class = input.formatter === 'custom' ? CustomFormatter : Formatter;
  const text = outcome(() => new Class(null, { escape: false }).format(record));
  if (wanted.has_asctime !== undefined) return { has_asctime: record.asctime !== undefined };
  if (wanted.message_after === undefined) return { text };
  return { text, exc_text_after: record.excText ?? null, message_after: record.message };
}

describe('compose vectors', () => {
  it.each(cases<ComposeInput, ComposeExpected>('compose'))('$id', ({ in: input, expect: wanted }) => {
    expect(compose(input, wanted)).toEqual(wanted);
  });
});

class FramedFormatter extends BufferingFormatter {
  override formatHeader(records: readonly LogRecord[]): string {
    return `[(${records.length})`;
  }
  override formatFooter(records: readonly LogRecord[]): string {
    return `(${records.length})]`;
  }
}

interface BufferingInput {
  readonly class: 'plain' | 'header/footer';
  readonly linefmt: string | null;
  readonly n: number;
}

describe('buffering vectors', () => {
  it.each(cases<BufferingInput, { readonly text: string }>('buffering'))(
    '$id',
    ({ in: input, expect: wanted }) => {
      const Class = input.class === 'plain' ? BufferingFormatter : FramedFormatter;
      const formatter = new Class(input.linefmt === null ? null : new Formatter(input.linefmt));
      const records = Array.from({ length: input.n }, (_, i) => some.record({ message: `r${i}` }));

      expect(formatter.format(records)).toBe(wanted.text);
    },
  );
});

interface RecordInput {
  readonly pathname?: unknown;
  readonly args?: unknown;
  readonly level?: number;
  readonly key?: string;
}

function recordResult({ id, in: input }: Vector<RecordInput, unknown>): unknown {
  if (input.key !== undefined) return { value: lookupField(makeLogRecord({}), input.key) ?? null };
  if (id === 'makeLogRecord-keys-in-order') {
    return { keys: [...RECORD_FIELDS.keys()].filter((key) => !['message', 'asctime', 'seq'].includes(key)) };
  }
  if (id === 'makeLogRecord-update') {
    const made = makeLogRecord({ name: 'x', levelno: 30, msg: 'hello %s', args: ['w'], brand_new: 1 });
    return { message: made.getMessage(), brand_new: lookupField(made, 'brand_new'), repr: String(made) };
  }
  if ('pathname' in input) {
    const { filename, module } = makeLogRecord({ pathname: input.pathname });
    return { filename, module };
  }
  if ('args' in input) return { args: new LogRecord('n', 20, 'm', untag(input.args) as [], 0).args };
  const record = new LogRecord('n', input.level ?? 0, 'm', [], 0);
  record.pathname = 'p';
  record.lineno = 1;
  return { levelno: record.levelno, levelname: record.levelname, repr: String(record) };
}

describe('record vectors', () => {
  it.each(cases<RecordInput, unknown>('record'))('$id', (vector) => {
    const wanted = vector.expect as { readonly args?: unknown };
    expect(recordResult(vector)).toEqual('args' in wanted ? { args: untag(wanted.args) } : wanted);
  });
});

describe('clock vectors', () => {
  // relativeCreated counts from the load of the package, which a test cannot set: log-record.spec.ts has its claim.
  it.each(cases<unknown, { readonly created: unknown; readonly msecs: unknown }>('clock'))(
    '$id',
    ({ expect: wanted }) => {
      const created = untag(wanted.created) as number;

      expect(new LogRecord('n', 20, 'm', [], created).msecs).toBe(untag(wanted.msecs));
    },
  );
});

interface LevelInput {
  readonly level?: unknown;
  readonly steps?: readonly (readonly [string, ...unknown[]])[];
}

function levelStep([name, first, second]: readonly [string, ...unknown[]]): unknown {
  if (name === 'get') return getLevelName(first as number | string);
  addLevelName(Number(first), String(second));
  return null;
}

function levelResult({ id, in: input }: Vector<LevelInput, Outcome>): unknown {
  if (input.steps !== undefined) return { results: input.steps.map(levelStep) };
  const level = untag(input.level) as number | string;
  return outcome(() => (id.startsWith('setLevel') ? parseLevel(level) : getLevelName(level)));
}

describe('levels vectors', () => {
  const all = cases<LevelInput, Outcome>('levels');
  const last = all.filter(({ in: input }) => input.steps !== undefined);

  // The sequence renames levels for the rest of this file, so it comes last.
  it.each([...all.filter((vector) => !last.includes(vector)), ...last])('$id', (vector) => {
    const wanted = vector.expect;
    expect(levelResult(vector)).toEqual(vector.in.steps === undefined ? expected(wanted) : wanted);
  });
});

describe('differences from CPython', () => {
  const run = ['format', 'validate', 'time', 'compose', 'buffering', 'record', 'clock', 'levels'];

  it('runs or lists every case of every group', () => {
    for (const group of run) {
      const ids = vectors('formatting', group).map(({ id }) => id);
      expect(ids).toEqual(expect.arrayContaining([...listed(group)]));
      expect(cases(group).length + listed(group).length).toBe(ids.length);
    }
    expect(wholeGroupListed('message')).toBe(true);
    expect(vectors('formatting', 'message').length).toBeGreaterThan(0);
  });

  it('leaves the whole message group to util.format', () => {
    expect(new LogRecord('n', 20, '%s took %d ms', ['u1', 12], 0).getMessage()).toBe('u1 took 12 ms');
  });
});
