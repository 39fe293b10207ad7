/** FileHandler against what CPython did. */
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { LogRecord } from '../../lib/core/log-record';
import { FileHandler, type FileHandlerOptions } from '../../lib/handlers';
import { some } from '../support/some';
import { tempDir } from '../support/temp-dir';
import { split, vectors, type Differences } from '../support/vectors';

interface FileInput {
  readonly mode: string;
  readonly encoding: string;
  readonly errors: 'strict' | 'ignore' | 'replace' | null;
  readonly delay: boolean;
  readonly existing: Readonly<Record<string, string>>;
  readonly filename: string;
  readonly messages: readonly string[];
  readonly terminator: string | null;
}

/** Size and hexadecimal bytes. */
type Files = Readonly<Record<string, readonly [number, string]>>;

interface FileStep {
  readonly files: Files;
  readonly errors: readonly { readonly type: string; readonly message: string }[];
  readonly raised_to_the_caller: unknown;
  readonly stream_open: boolean;
}

interface FileExpected {
  readonly constructor?: { readonly type: string; readonly message: string };
  readonly start?: Files;
  readonly after?: readonly FileStep[];
  readonly repr?: string;
}

const DIFFERENCES: Differences = {
  'f05-read-mode': 'mode "r" is refused at construction; CPython accepts it and fails at every record',
};

/** What Node says where CPython raises. */
const ERRNO: Readonly<Record<string, string>> = {
  FileExistsError: 'EEXIST',
  IsADirectoryError: 'EISDIR',
  FileNotFoundError: 'ENOENT',
  LookupError: '"encoding" must be one of ',
};

class H extends FileHandler {
  errorsSeen: string[] = [];

  override handleError(_record: LogRecord, error: unknown): void {
    this.errorsSeen.push(error instanceof Error ? error.message : String(error));
  }

  get streamOpen(): boolean {
    return this.file.isOpen;
  }
}

function makeHandler(directory: string, input: FileInput): H {
  const options: FileHandlerOptions = {
    mode: input.mode,
    encoding: input.encoding,
    delay: input.delay,
    ...(input.errors === null ? {} : { errors: input.errors }),
    ...(input.terminator === null ? {} : { terminator: input.terminator }),
  };
  return new H(join(directory, input.filename), options);
}

function prepare(directory: string, existing: FileInput['existing']): void {
  for (const [name, content] of Object.entries(existing)) {
    if (name.endsWith('/')) mkdirSync(join(directory, name));
    else writeFileSync(join(directory, name), content);
  }
}

function filesIn(directory: string): Files {
  const names = readdirSync(directory).filter((name) => statSync(join(directory, name)).isFile());
  const entries = names.map((name): [string, [number, string]] => {
    const bytes = readFileSync(join(directory, name));
    return [name, [bytes.length, bytes.toString('hex')]];
  });
  return Object.fromEntries(entries);
}

function step(handler: H, { directory, message }: { directory: string; message: string }): FileStep {
  handler.errorsSeen = [];
  if (message === '<close>') void handler.close();
  else handler.handle(some.record({ message }));
  return {
    files: filesIn(directory),
    errors: handler.errorsSeen.map((text) => ({ type: 'UnicodeEncodeError', message: text })),
    raised_to_the_caller: null,
    stream_open: handler.streamOpen,
  };
}

describe('file vectors', () => {
  const cases = vectors<FileInput, FileExpected>('rotating', 'file');
  const { run, listed } = split(cases, DIFFERENCES);
  const refused = run.filter((vector) => Object.hasOwn(vector.expect, 'constructor'));
  const opened = run.filter((vector) => !refused.includes(vector));

  it.each(refused)('$id', ({ in: input, expect: expected }) => {
    const directory = tempDir();
    prepare(directory, input.existing);

    expect(() => makeHandler(directory, input)).toThrow(ERRNO[expected.constructor?.type ?? '']);
  });

  it.each(opened)('$id', ({ in: input, expect: expected }) => {
    const directory = tempDir();
    prepare(directory, input.existing);
    const handler = makeHandler(directory, input);

    expect(filesIn(directory)).toEqual(expected.start);
    const after = input.messages.map((message) => step(handler, { directory, message }));

    expect(after).toEqual(expected.after);
    expect(String(handler).replace(directory, '<dir>')).toBe(expected.repr);
    void handler.close();
  });

  it('runs or lists every case', () => {
    expect(refused.length + opened.length + listed.length).toBe(cases.length);
    expect(listed.map(({ id }) => id)).toEqual(Object.keys(DIFFERENCES));
  });

  it('f05-read-mode: is refused, and the file is left alone', () => {
    const directory = tempDir();
    prepare(directory, { 'app.log': 'old\n' });

    expect(() => new H(join(directory, 'app.log'), { mode: 'r' })).toThrow('H: "mode" must be one of ');
    expect(filesIn(directory)).toEqual({ 'app.log': [4, '6f6c640a'] });
  });
});
