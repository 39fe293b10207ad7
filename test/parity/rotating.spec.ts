/** RotatingFileHandler and WatchedFileHandler against what CPython did. */
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { LogRecord } from '../../lib/core/log-record';
import { Formatter } from '../../lib/formatters/formatter';
import { RotatingFileHandler, WatchedFileHandler, type RotatingFileHandlerOptions } from '../../lib/handlers';
import { makeLogRecord } from '../../lib/core/record-factory';
import { some } from '../support/some';
import { tempDir } from '../support/temp-dir';
import { split, vectors, type Differences } from '../support/vectors';

interface RotateInput {
  readonly mode: string;
  readonly maxBytes: number;
  readonly backupCount: number;
  readonly encoding: string;
  readonly errors: 'strict' | null;
  readonly delay: boolean;
  readonly terminator: string | null;
  readonly format: string | null;
  readonly namer: string | null;
  readonly rotator: string | null;
  readonly existing: Readonly<Record<string, string | number>>;
  readonly messages: readonly (string | number)[];
}

/** Size, and the bytes in hexadecimal or their MD5; null for a directory. */
type Files = Readonly<Record<string, readonly [number, string] | null>>;

interface RotateExpected {
  readonly mode: string;
  readonly start: Files;
  readonly after: readonly { readonly files: Files; readonly errors: readonly string[] }[];
}

const DIFFERENCES: Differences = {
  'r50-negative-backup': 'a negative backupCount is refused at construction',
  'r69-backup-is-a-directory': 'a directory is stepped over, so that no record is lost',
  'r70-last-backup-is-a-directory': 'a directory is stepped over, so that no record is lost',
  'r89-namer-missing-dir': 'the records are written to the file that could not be moved',
  'r92-rotator-raises': 'the records are written to the file that could not be moved',
};

/** What Node says where CPython raises. */
const ERRORS: Readonly<Record<string, RegExp>> = {
  UnicodeEncodeError: /codec can't encode/,
  ValueError: /nosuch/,
};

class H extends RotatingFileHandler {
  errorsSeen: string[] = [];

  override handleError(_record: LogRecord, error: unknown): void {
    const cause = error instanceof Error ? error.cause : undefined;
    this.errorsSeen.push(error instanceof Error ? `${error.message} ${String(cause ?? '')}` : String(error));
  }
}

function makeHandler(directory: string, input: RotateInput): H {
  const options: RotatingFileHandlerOptions = {
    mode: input.mode,
    maxBytes: input.maxBytes,
    backupCount: input.backupCount,
    encoding: input.encoding,
    delay: input.delay,
    ...(input.errors === null ? {} : { errors: input.errors }),
    ...(input.terminator === null ? {} : { terminator: input.terminator }),
    // Python's text: nothing is escaped.
    formatter: new Formatter(input.format, { escape: false }),
  };
  const handler = new H(join(directory, 'app.log'), options);
  if (input.namer === 'append .test') handler.namer = (name) => `${name}.test`;
  if (input.namer === 'missing dir') handler.namer = (name) => name.replace('app.log', 'missing/app.log');
  if (input.rotator === 'raises') {
    handler.rotator = () => {
      throw new RangeError('division by zero');
    };
  }
  return handler;
}

function prepare(directory: string, existing: RotateInput['existing']): void {
  for (const [name, content] of Object.entries(existing)) {
    if (name.endsWith('/')) mkdirSync(join(directory, name));
    else writeFileSync(join(directory, name), typeof content === 'number' ? 'x'.repeat(content) : content);
  }
}

function filesIn(directory: string): Files {
  const entries = readdirSync(directory).map((name): [string, [number, string] | null] => {
    const path = join(directory, name);
    if (statSync(path).isDirectory()) return [`${name}/`, null];
    const bytes = readFileSync(path);
    const md5 = createHash('md5').update(bytes).digest('hex');
    return [name, [bytes.length, bytes.length > 60 ? `md5:${md5}` : bytes.toString('hex')]];
  });
  return Object.fromEntries(entries);
}

/** The same files with the same sizes; contents where the vector has the text and not only its MD5. */
function comparable(files: Files, like: Files): Files {
  const entries = Object.entries(files).map(([name, file]): [string, [number, string] | null] => {
    if (file === null) return [name, null];
    return [
      name,
      [file[0], like[name]?.[1].startsWith('md5:') === true && !file[1].startsWith('md5:') ? 'md5' : file[1]],
    ];
  });
  return Object.fromEntries(entries);
}

/** Runs the messages of a case; the directory and the errors after each. */
function run(input: RotateInput): {
  readonly start: Files;
  readonly mode: string;
  readonly after: RotateExpected['after'];
} {
  const directory = tempDir();
  prepare(directory, input.existing);
  let handler = makeHandler(directory, input);
  const { mode } = handler;
  const start = filesIn(directory);
  const after = input.messages.map((message) => {
    handler.errorsSeen = [];
    if (message === '<close>') void handler.close();
    else if (message === '<rollover>') handler.doRollover();
    else if (message === '<reopen>') {
      void handler.close();
      handler = makeHandler(directory, input);
    } else {
      const msg = typeof message === 'number' ? 'b'.repeat(message) : message;
      const record = makeLogRecord({ msg });
      // As CPython's makeLogRecord leaves it.
      if (input.format !== null) record.levelname = 'Level None';
      handler.handle(record);
    }
    return { files: filesIn(directory), errors: handler.errorsSeen };
  });
  void handler.close();
  return { start, mode, after };
}

describe('rotate vectors', () => {
  const cases = vectors<RotateInput, RotateExpected>('rotating', 'rotate');
  const { run: same, listed } = split(cases, DIFFERENCES);
  const inputOf = (id: string): RotateInput => {
    const found = cases.find((vector) => vector.id === id);
    if (found === undefined) throw new Error(`there is no case ${id}`);
    return found.in;
  };

  it.each(same)('$id', ({ in: input, expect: expected }) => {
    const seen = run(input);

    expect(seen.mode).toBe(expected.mode);
    expect(seen.start).toEqual(expected.start);
    for (const [at, step] of expected.after.entries()) {
      const now = seen.after[at] ?? { files: {}, errors: [] };
      expect(comparable(now.files, step.files)).toEqual(comparable(step.files, now.files));
      expect(now.errors).toEqual(step.errors.map((name) => expect.stringMatching(ERRORS[name] ?? name)));
    }
  });

  it('runs or lists every case', () => {
    expect(same.length + listed.length).toBe(cases.length);
    expect(listed.map(({ id }) => id)).toEqual(Object.keys(DIFFERENCES));
  });

  it('r50-negative-backup: is refused', () => {
    expect(() => run(inputOf('r50-negative-backup'))).toThrow(
      'H: "backupCount" must be a non-negative integer',
    );
  });

  it.each([
    ['r69-backup-is-a-directory', ['app.log', 'app.log.1/', 'app.log.2', 'app.log.3']],
    ['r70-last-backup-is-a-directory', ['app.log', 'app.log.1/', 'app.log.2']],
  ])('%s: leaves the directory where it is', (id, names) => {
    const last = run(inputOf(id)).after.at(-1);

    expect(Object.keys(last?.files ?? {}).toSorted()).toEqual(names);
    expect(last?.errors).toEqual([]);
  });

  it.each([
    ['r89-namer-missing-dir', /ENOENT/],
    ['r92-rotator-raises', /division by zero/],
  ])('%s: writes every record and reports the failure', (id, error) => {
    const input = inputOf(id);

    const { after } = run(input);

    expect(after.at(-1)?.files).toEqual({ 'app.log': [input.messages.length * 10, expect.any(String)] });
    expect(after[1]?.errors).toEqual([expect.stringMatching(error)]);
  });
});

interface WatchedInput {
  readonly delay: boolean;
  readonly mode: string;
  readonly steps: readonly string[];
}

interface WatchedExpected {
  readonly dev_ino_minus1_at_start: readonly [boolean, boolean];
  readonly after: readonly {
    readonly files: Files;
    readonly errors: readonly string[];
    readonly raised_to_the_caller: unknown;
    readonly stream_open: boolean;
  }[];
}

class W extends WatchedFileHandler {
  errorsSeen: string[] = [];

  override handleError(_record: LogRecord, error: unknown): void {
    this.errorsSeen.push(String(error));
  }

  get streamOpen(): boolean {
    return this.file.isOpen;
  }
}

describe('watched vectors', () => {
  const cases = vectors<WatchedInput, WatchedExpected>('rotating', 'watched');

  const happen = (path: string, step: string): void => {
    if (step === '<unlink>') unlinkSync(path);
    else if (step.startsWith('<rename')) renameSync(path, `${path}.1`);
    else if (step === '<directory removed>') rmSync(join(path, '..'), { recursive: true });
    if (step === '<rename, new file>') writeFileSync(path, 'new\n');
  };

  it.each(cases)('$id', ({ in: input, expect: expected }) => {
    const directory = tempDir();
    const handler = new W(join(directory, 'app.log'), { mode: input.mode, delay: input.delay });
    expect([handler.dev === -1, handler.ino === -1]).toEqual(expected.dev_ino_minus1_at_start);

    const after = input.steps.map((step) => {
      handler.errorsSeen = [];
      if (step === '<reopenIfNeeded>') handler.reopenIfNeeded();
      else if (step.startsWith('<')) happen(handler.baseFilename, step);
      else handler.handle(some.record({ message: step }));
      return {
        files: existsSync(directory) ? filesIn(directory) : {},
        errors: handler.errorsSeen,
        raised_to_the_caller: null,
        stream_open: handler.streamOpen,
      };
    });

    expect(after).toEqual(expected.after);
    void handler.close();
  });

  it('runs every case', () => {
    expect(cases.length).toBe(6);
  });
});
