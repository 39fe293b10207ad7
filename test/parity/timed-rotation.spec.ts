/** TimedRotatingFileHandler against what CPython did, and against the wall clock where CPython is wrong. */
import { mkdirSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { LogRecord } from '../../lib/core/log-record';
import {
  TimedRotatingFileHandler,
  type Namer,
  type TimedRotatingFileHandlerOptions,
} from '../../lib/handlers';
import { ConfigurationError } from '../../lib/errors';
import { ManualClock } from '../../lib/testing';
import { some } from '../support/some';
import { tempDir } from '../support/temp-dir';
import { split, vectors, type Differences } from '../support/vectors';

const zone = process.env['TZ'];
afterEach(() => {
  if (zone === undefined) delete process.env['TZ'];
  else process.env['TZ'] = zone;
});

/** ICU reads no POSIX rules; this zone has the same ones. */
const ZONES: Readonly<Record<string, string>> = { 'EST+05EDT,M3.2.0,M11.1.0': 'America/New_York' };

function enter(tz: string): void {
  process.env['TZ'] = ZONES[tz] ?? tz;
}

type When = Exclude<TimedRotatingFileHandlerOptions['when'], undefined>;

interface Timing {
  readonly when: When;
  readonly interval: number;
  readonly utc?: boolean;
  readonly atTime?: string | null;
}

function optionsFor({ when, interval, utc = false, atTime }: Timing): TimedRotatingFileHandlerOptions {
  return { when, interval, utc, delay: true, ...(typeof atTime === 'string' ? { atTime } : {}) };
}

describe('interval vectors', () => {
  interface Expected {
    readonly when: string;
    readonly interval: number;
    readonly suffix: string;
    readonly extMatch: string;
    readonly dayOfWeek: number | null;
    readonly error?: { readonly type: string };
  }
  const cases = vectors<Timing, Expected>('timed_rotation', 'interval');
  const refused = cases.filter(({ expect: expected }) => expected.error !== undefined);
  const taken = cases.filter(({ expect: expected }) => expected.error === undefined);
  const handlerFor = (input: Timing): TimedRotatingFileHandler =>
    new TimedRotatingFileHandler(join(tempDir(), 'app.log'), optionsFor(input));

  it.each(taken)('$id', ({ in: input, expect: expected }) => {
    const { when, interval, suffix, extMatch, dayOfWeek } = handlerFor(input);

    expect({ when, interval, suffix, extMatch: extMatch.source, dayOfWeek: dayOfWeek ?? null }).toEqual(
      expected,
    );
  });

  it.each(refused)('$id', ({ in: input }) => {
    expect(() => handlerFor(input)).toThrow(ConfigurationError);
    expect(() => handlerFor(input)).toThrow(`got '${input.when}'.`);
  });
});

const COMPUTE_DIFFERENCES: Differences = {
  c1930: 'New York stands for the POSIX rules, and it had others before 2007',
};

describe('compute vectors', () => {
  interface Input extends Timing {
    readonly tz: string;
    readonly now: number;
  }
  interface Expected {
    readonly rolloverAt: number;
    readonly ideal?: number;
  }
  const cases = vectors<Input, Expected>('timed_rotation', 'compute');
  const { run, listed } = split(cases, COMPUTE_DIFFERENCES);
  const zones = [...new Set(cases.map(({ in: input }) => input.tz))];

  it.each(zones)('%s', (tz) => {
    enter(tz);
    const directory = tempDir();
    const wrong = run
      .filter(({ in: input }) => input.tz === tz)
      .flatMap(({ id, in: input, expect: expected }) => {
        const handler = new TimedRotatingFileHandler(join(directory, 'app.log'), optionsFor(input));
        const seen = handler.computeRollover(input.now);
        void handler.close();
        const right = expected.ideal ?? expected.rolloverAt;
        return seen === right ? [] : [{ id, ...input, seen, right, by: seen - right }];
      });

    expect(wrong).toEqual([]);
  });

  it('runs or lists every case', () => {
    expect(run.length + listed.length).toBe(cases.length);
    expect(listed.map(({ id }) => id)).toEqual(Object.keys(COMPUTE_DIFFERENCES));
  });

  it('are many, and some of them correct CPython', () => {
    expect(cases.length).toBeGreaterThan(900);
    expect(cases.filter(({ expect: expected }) => expected.ideal !== undefined).length).toBe(84);
  });
});

const NAMERS: Readonly<Record<string, Namer>> = {
  'append .gz': (name) => `${name}.gz`,
  'archive subdirectory': (name) => join(name, '..', 'archive', basename(name)),
  'move .log last': (name) => (name.includes('.log') ? `${name.replace('.log', '')}.log` : name),
  'g DATE .oldlog': (name) => `${name.replace('.log.', '')}.oldlog`,
  'swap: DATE_base': (name) => {
    const [, directory = '', base = '', date = ''] = /^(.*\/)(.*?)\.(\d{4}.*)$/.exec(name) ?? [];
    return `${directory}${date}.${base}`;
  },
  raises: () => {
    throw new RangeError('division by zero');
  },
};

describe('delete vectors', () => {
  interface Input {
    readonly base: string;
    readonly when: When;
    readonly backupCount: number;
    readonly namer: string | null;
    readonly files: readonly string[];
  }
  interface Expected {
    readonly delete?: readonly string[];
    readonly error?: { readonly message: string };
  }
  const cases = vectors<Input, Expected>('timed_rotation', 'delete');

  /** Names, or the message of what the namer throws. */
  const seen = (input: Input): Expected => {
    const directory = tempDir();
    for (const name of input.files) {
      if (name.endsWith('/')) mkdirSync(join(directory, name));
      else writeFileSync(join(directory, name), '');
    }
    const { base, when, backupCount, namer } = input;
    const handler = new TimedRotatingFileHandler(join(directory, base), { when, backupCount, delay: true });
    if (namer !== null) handler.namer = NAMERS[namer];
    try {
      return { delete: handler.getFilesToDelete().map((path) => relative(directory, path)) };
    } catch (error) {
      return { error: { message: error instanceof Error ? error.message : '' } };
    }
  };

  it.each(cases)('$id', ({ in: input, expect: expected }) => {
    expect(seen(input)).toMatchObject(
      expected.error === undefined ? expected : { error: { message: expected.error.message } },
    );
  });
});

interface RolloverInput extends Timing {
  readonly tz: string;
  readonly backupCount: number;
  readonly delay: boolean;
  readonly existing: Readonly<Record<string, string>>;
  readonly mtime: number | null;
  readonly start: number;
  readonly namer: string | null;
  readonly steps: readonly { readonly now: number; readonly msg: string }[];
}

type Files = Readonly<Record<string, string | null>>;

interface RolloverExpected {
  readonly rolloverAt: number;
  readonly after: readonly {
    readonly rolloverAt: number;
    readonly errors: readonly string[];
    readonly files: Files;
  }[];
}

const DIFFERENCES: Differences = {
  'r35-backup-delete-hits-directory': 'a delete that fails is reported, and the record is written',
  'r38-namer-archive-dir': 'old files are deleted where the namer puts them',
  'r39-namer-archive-dir-missing': 'the records are written to the file that could not be moved',
  'r44-dst-spring-hourly': 'the name is the hour in which the interval began, and the file goes on rotating',
  'r45-dst-autumn-hourly': 'the hour that comes twice gets a second name, and the file goes on rotating',
  'r47-dst-autumn-minutes30':
    'the half hours that come twice get second names, and the file goes on rotating',
  'r49-dst-autumn-midnight': 'the file goes on rotating after the day with 25 hours',
};

class H extends TimedRotatingFileHandler {
  errorsSeen: string[] = [];

  override handleError(_record: LogRecord, error: unknown): void {
    this.errorsSeen.push(
      error instanceof Error ? `${error.message} ${String(error.cause ?? '')}` : String(error),
    );
  }
}

function filesIn(directory: string): Files {
  const entries = readdirSync(directory, { recursive: true, encoding: 'utf8' }).map(
    (name): [string, string | null] => {
      const path = join(directory, name);
      return statSync(path).isDirectory() ? [`${name}/`, null] : [name, readFileSync(path, 'utf8')];
    },
  );
  return Object.fromEntries(entries);
}

function run(input: RolloverInput): RolloverExpected {
  enter(input.tz);
  const directory = tempDir();
  const path = join(directory, 'app.log');
  for (const [name, content] of Object.entries(input.existing)) {
    if (name.endsWith('/')) mkdirSync(join(directory, name));
    else writeFileSync(join(directory, name), content);
  }
  if (input.mtime !== null) utimesSync(path, input.mtime, input.mtime);
  const clock = new ManualClock(input.start * 1000);
  const make = (): H => {
    const handler = new H(path, {
      ...optionsFor(input),
      backupCount: input.backupCount,
      delay: input.delay,
      clock,
    });
    if (input.namer !== null) handler.namer = NAMERS[input.namer];
    return handler;
  };
  let handler = make();
  const { rolloverAt } = handler;
  const after = input.steps.map(({ now, msg }) => {
    clock.set(now * 1000);
    handler.errorsSeen = [];
    if (msg === '<restart>') {
      void handler.close();
      handler = make();
    } else {
      handler.handle(some.record({ message: msg }));
      // The vectors' clock is also that of their file system.
      utimesSync(path, now, now);
    }
    return { rolloverAt: handler.rolloverAt, errors: handler.errorsSeen, files: filesIn(directory) };
  });
  void handler.close();
  return { rolloverAt, after };
}

describe('rollover vectors', () => {
  const cases = vectors<RolloverInput, RolloverExpected>('timed_rotation', 'rollover');
  const { run: same, listed } = split(cases, DIFFERENCES);
  const seen = (id: string): { readonly files: Files; readonly errors: readonly string[] } => {
    const found = cases.find((vector) => vector.id === id);
    if (found === undefined) throw new Error(`there is no case ${id}`);
    const { after } = run(found.in);
    return { files: after.at(-1)?.files ?? {}, errors: after.flatMap(({ errors }) => errors) };
  };

  it.each(same)('$id', ({ in: input, expect: expected }) => {
    const { rolloverAt, after } = run(input);

    expect(rolloverAt).toBe(expected.rolloverAt);
    expect(after).toEqual(
      expected.after.map(({ rolloverAt, errors, files }) => ({ rolloverAt, errors, files })),
    );
  });

  it('runs or lists every case', () => {
    expect(same.length + listed.length).toBe(cases.length);
    expect(listed.map(({ id }) => id)).toEqual(Object.keys(DIFFERENCES));
  });

  it('r35-backup-delete-hits-directory: writes both records and reports the directory', () => {
    const { files, errors } = seen('r35-backup-delete-hits-directory');

    expect(files).toEqual({
      'app.log': 'x\ny\n',
      'app.log.2023-01-01/': null,
      'app.log.2023-11-12': 'old\n',
    });
    expect(errors).toEqual([expect.stringMatching(/2023-01-01" was not deleted .*(EISDIR|EPERM)/)]);
  });

  it('r38-namer-archive-dir: keeps one file in the archive', () => {
    expect(seen('r38-namer-archive-dir')).toEqual({
      files: { 'app.log': 'm3\n', 'archive/': null, 'archive/app.log.2023-11-16': 'm2\n' },
      errors: [],
    });
  });

  it('r39-namer-archive-dir-missing: writes every record to the file and reports', () => {
    const { files, errors } = seen('r39-namer-archive-dir-missing');

    expect(files).toEqual({ 'app.log': 'a\nb\nc\n' });
    expect(errors).toEqual([expect.stringContaining('ENOENT'), expect.stringContaining('ENOENT')]);
  });

  it('r44-dst-spring-hourly: names each hour by its beginning', () => {
    expect(seen('r44-dst-spring-hourly')).toEqual({
      files: {
        'app.log': 'h5\n',
        'app.log.2024-03-10_00': 'h0\n',
        'app.log.2024-03-10_01': 'h1\n',
        'app.log.2024-03-10_03': 'h2\n',
        'app.log.2024-03-10_04': 'h3\n',
        'app.log.2024-03-10_05': 'h4\n',
      },
      errors: [],
    });
  });

  it('r45-dst-autumn-hourly: numbers the second hour of that name', () => {
    expect(seen('r45-dst-autumn-hourly')).toEqual({
      files: {
        'app.log': 'h7\n',
        'app.log.2024-11-03_00': 'h0\n',
        'app.log.2024-11-03_01': 'h1\n',
        'app.log.2024-11-03_01.1': 'h2\n',
        'app.log.2024-11-03_02': 'h3\n',
        'app.log.2024-11-03_03': 'h4\n',
        'app.log.2024-11-03_04': 'h5\n',
        'app.log.2024-11-03_05': 'h6\n',
      },
      errors: [],
    });
  });

  it('r47-dst-autumn-minutes30: numbers both half hours that come again', () => {
    const { files, errors } = seen('r47-dst-autumn-minutes30');

    expect(errors).toEqual([]);
    expect(Object.values(files).map(String).toSorted()).toEqual([
      'h0\n',
      'h1\n',
      'h2\n',
      'h3\n',
      'h4\n',
      'h5\n',
      'h6\n',
      'h7\n',
    ]);
    expect(Object.keys(files).filter((name) => name.endsWith('.1'))).toEqual([
      'app.log.2024-11-03_01-00.1',
      'app.log.2024-11-03_01-30.1',
    ]);
  });

  it('r49-dst-autumn-midnight: has one file for each day', () => {
    expect(seen('r49-dst-autumn-midnight')).toEqual({
      files: {
        'app.log': 'd4\n',
        'app.log.2024-11-01': 'd0\n',
        'app.log.2024-11-02': 'd1\n',
        'app.log.2024-11-03': 'd2\n',
        'app.log.2024-11-04': 'd3\n',
      },
      errors: [],
    });
  });
});
