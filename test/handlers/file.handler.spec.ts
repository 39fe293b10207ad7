import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { LogRecord } from '../../lib/core/log-record';
import { getHandlerByName, openHandlers } from '../../lib/core/handler';
import { ConfigurationError } from '../../lib/errors';
import { Formatter } from '../../lib/formatters';
import {
  FileHandler,
  RotatingFileHandler,
  WatchedFileHandler,
  type FileHandlerOptions,
} from '../../lib/handlers';
import { FileSink } from '../../lib/handlers/file.handler';
import { AppendBatch } from '../../lib/handlers/files/append-batch';
import { handlerContract } from '../../lib/testing';
import { newAppendFile, textOf } from './files/new-append-file';
import { capturedStderr } from '../support/captured-stderr';
import { logAll } from '../support/log-all';
import { tempDir } from '../support/temp-dir';
import { until } from '../support/until';

/** Keeps what it was told instead of printing it. */
class QuietFileHandler extends FileHandler {
  readonly failures: string[] = [];

  override handleError(record: LogRecord, error: unknown): void {
    this.failures.push(`${record.getMessage()}: ${error instanceof Error ? error.message : String(error)}`);
  }

  get fd(): number | undefined {
    return this.file.fd;
  }
}

function text(path: string): string {
  return readFileSync(path, 'utf8');
}

/** What the handler leaves in the file, from construction to close. */
function written(path: string, options: FileHandlerOptions, messages: readonly string[]): Buffer {
  const handler = new FileHandler(path, options);
  logAll(handler, messages);
  void handler.close();
  return readFileSync(path);
}

describe('FileHandler', () => {
  for (const [name, options] of [
    ['FileHandler', {}],
    ['FileHandler with a buffer', { buffer: { bytes: 64 } }],
    ['FileHandler with a buffer for a turn', { buffer: 'turn' }],
    ['FileHandler with delay', { delay: true }],
  ] as const) {
    const subject = {
      create: (given: object) => new FileHandler(join(tempDir(), 'app.log'), { ...given, ...options }),
      read: ({ baseFilename }: FileHandler) => text(baseFilename).split('\n').slice(0, -1),
    };
    for (const { title, run } of handlerContract(name, subject)) it(title, run);
  }

  describe('a path that no longer leads to the file', () => {
    /** Logs until something is reported, and for a while longer. Resolves with the reports and how long the first took, in ms. */
    async function logOn(handler: FileHandler): Promise<{ readonly reports: string[]; readonly ms: number }> {
      const stderr = capturedStderr();
      const started = performance.now();
      await until(() => {
        logAll(handler, ['on']);
        return stderr.text !== '';
      });
      const ms = performance.now() - started;
      await until(() => {
        logAll(handler, ['on']);
        return performance.now() - started > ms + 1100;
      });
      void handler.close();
      return { reports: stderr.text.split('\n').slice(0, -1), ms };
    }

    it.each<[string, (path: string) => void, string, FileHandlerOptions]>([
      ['was removed', (path) => unlinkSync(path), 'the file was removed, and what is written is lost', {}],
      [
        'was removed, with a buffer',
        (path) => unlinkSync(path),
        'the file was removed, and what is written is lost',
        { buffer: { bytes: 100 } },
      ],
      [
        'was renamed and made anew',
        (path) => {
          renameSync(path, `${path}.1`);
          writeFileSync(path, '');
        },
        'the file was renamed, and is still written to',
        {},
      ],
      [
        'lay in a directory that was removed',
        (path) => rmSync(dirname(path), { recursive: true }),
        'the file was removed, and what is written is lost',
        {},
      ],
    ])('is reported once, within a second, when the file %s', async (_what, change, what, options) => {
      const path = join(mkdtempSync(join(tempDir(), 'logs-')), 'app.log');
      const handler = new FileHandler(path, options);
      logAll(handler, ['first']);
      change(path);

      const { reports, ms } = await logOn(handler);

      expect(reports).toEqual([
        `nestjs-hindsight: FileHandler ${path}: ${what}: to follow the path, use WatchedFileHandler`,
      ]);
      expect(ms).toBeLessThan(1500);
    });

    it('continues in the renamed file, as CPython does', async () => {
      const path = join(tempDir(), 'app.log');
      const handler = new FileHandler(path);
      logAll(handler, ['first']);
      renameSync(path, `${path}.1`);

      await logOn(handler);

      expect(existsSync(path)).toBe(false);
      expect(text(`${path}.1`)).toMatch(/^first\n(on\n)+$/);
    });

    it('is also checked when a batch is written', async () => {
      const stderr = capturedStderr();
      const path = join(tempDir(), 'app.log');
      const handler = new FileHandler(path, { buffer: { intervalMs: 1200 } });
      logAll(handler, ['first']);
      unlinkSync(path);

      await until(() => stderr.text.includes('the file was removed'));
      void handler.close();
    });

    it('is not checked by handlers that follow the path', async () => {
      const stderr = capturedStderr();
      const [one, other] = [join(tempDir(), 'app.log'), join(tempDir(), 'app.log')];
      const handlers = [new WatchedFileHandler(one), new RotatingFileHandler(other)];
      for (const handler of handlers) logAll(handler, ['first']);
      for (const path of [one, other]) unlinkSync(path);
      const started = performance.now();

      await until(() => {
        for (const handler of handlers) logAll(handler, ['on']);
        return performance.now() - started > 1500;
      });
      for (const handler of handlers) void handler.close();

      expect(stderr.text).toBe('');
      for (const path of [one, other]) expect(text(path)).toMatch(/^(on\n)+$/);
    });
  });

  describe('opening', () => {
    it('makes the path absolute when it is constructed', () => {
      const path = join(tempDir(), 'app.log');

      const handler = new FileHandler(relative(process.cwd(), path), { delay: true });

      expect(handler.baseFilename).toBe(path);
    });

    it('accepts a file URL', () => {
      const path = join(tempDir(), 'app.log');

      expect(written(path, {}, []).toString()).toBe('');
      expect(new FileHandler(pathToFileURL(path), { delay: true }).baseFilename).toBe(path);
    });

    it.each([
      ['a', 'old\na\n'],
      ['at', 'old\na\n'],
      ['a+', 'old\na\n'],
      ['w', 'a\n'],
      ['w+', 'a\n'],
      ['r+', 'a\nd\n'],
    ])('in mode %s leaves %j where "old" was', (mode, expected) => {
      const path = join(tempDir(), 'app.log');
      writeFileSync(path, 'old\n');

      expect(written(path, { mode }, ['a']).toString()).toBe(expected);
    });

    it('in mode x creates the file and refuses an existing one', () => {
      const path = join(tempDir(), 'app.log');

      expect(written(path, { mode: 'x' }, ['a']).toString()).toBe('a\n');
      expect(() => new FileHandler(path, { mode: 'x' })).toThrow(/with mode "x": EEXIST/);
    });

    it.each([
      [
        'ab',
        `"mode" must be one of a, w, x, a+, w+, x+, r+, got 'ab'; text is written, so there is no mode with "b".`,
      ],
      ['r', `FileHandler: "mode" must be one of a, w, x, a+, w+, x+, r+, got 'r'; text is written`],
    ])('refuses mode %s', (mode, message) => {
      expect(() => new FileHandler(join(tempDir(), 'app.log'), { mode })).toThrow(message);
    });

    it('throws the system error as cause, names the file, and leaves nothing behind', () => {
      const path = join(tempDir(), 'missing', 'app.log');

      const open = (): FileHandler => new FileHandler(path, { name: 'never opened' });

      expect(open).toThrow(ConfigurationError);
      expect(open).toThrow(
        `FileHandler: cannot open "${path}" with mode "a": ENOENT: no such file or directory`,
      );
      expect(open).toThrow(
        expect.objectContaining({
          code: 'ERR_LOG_OPTION',
          cause: expect.objectContaining({ code: 'ENOENT' }),
        }),
      );
      expect(getHandlerByName('never opened')).toBeUndefined();
    });

    it('with delay, reports a failed open, and writes when it succeeds', () => {
      const directory = join(tempDir(), 'later');
      const path = join(directory, 'app.log');
      const handler = new QuietFileHandler(path, { delay: true });

      logAll(handler, ['lost']);
      mkdirSync(directory);
      logAll(handler, ['kept']);

      expect(handler.failures).toEqual([expect.stringMatching(/^lost: ENOENT/)]);
      expect(text(path)).toBe('kept\n');
      void handler.close();
    });

    it('refuses a value that is neither a string nor a URL', () => {
      expect(() => new FileHandler(7 as unknown as string)).toThrow(
        'FileHandler: "filename" must be a string or a file URL, got ',
      );
    });
  });

  describe('writing', () => {
    it('has written the line when the call returns', () => {
      const handler = new FileHandler(join(tempDir(), 'app.log'));

      logAll(handler, ['now']);

      expect(text(handler.baseFilename)).toBe('now\n');
      void handler.close();
    });

    it('leaves newlines of the message and a terminator of two characters as they are with escape: false', () => {
      const path = join(tempDir(), 'app.log');
      const formatter = new Formatter(null, { escape: false });

      expect(written(path, { terminator: '\r\n', formatter }, ['a\nb', 'c\r\nd']).toString()).toBe(
        'a\nb\r\nc\r\nd\r\n',
      );
    });

    it('writes a message with several lines as one line, without a formatter', () => {
      const path = join(tempDir(), 'app.log');

      expect(written(path, {}, ['a\nINFO forged', 'b\r\0\u001b[2J\u202e']).toString()).toBe(
        'a\\nINFO forged\nb\\r\\x00\\x1b[2J\\u202e\n',
      );
    });

    it('opens the file again when its descriptor was closed by other code', () => {
      const handler = new QuietFileHandler(join(tempDir(), 'app.log'), { mode: 'w' });
      logAll(handler, ['before']);

      closeSync(handler.fd ?? -1);
      logAll(handler, ['after']);

      expect(handler.failures).toEqual([]);
      expect(text(handler.baseFilename)).toBe('before\nafter\n');
      void handler.close();
    });

    it('reports every record while the disk is full', () => {
      const handler = new QuietFileHandler('/dev/full');

      logAll(handler, ['a', 'b']);

      expect(handler.failures).toEqual([
        expect.stringMatching(/^a: ENOSPC/),
        expect.stringMatching(/^b: ENOSPC/),
      ]);
      void handler.close();
    });

    it('shows its file and level as Python does', () => {
      const handler = new FileHandler('app.log', { delay: true, level: 'INFO' });

      expect(String(handler)).toBe(`<FileHandler ${join(process.cwd(), 'app.log')} (INFO)>`);
    });

    it('writes to another stream after setStream', () => {
      const calls: string[] = [];
      const handler = new FileHandler(join(tempDir(), 'app.log'));

      handler.setStream({ write: (line) => calls.push(line) });
      logAll(handler, ['elsewhere']);

      expect(calls).toEqual(['elsewhere\n']);
      expect(text(handler.baseFilename)).toBe('');
      void handler.close();
    });
  });

  describe('after close', () => {
    it.each(['a', 'x'])('in mode %s appends and holds no descriptor', (mode) => {
      const handler = new QuietFileHandler(join(tempDir(), 'app.log'), { mode });
      logAll(handler, ['before']);
      void handler.close();

      logAll(handler, ['after', 'after that']);

      expect(text(handler.baseFilename)).toBe('before\nafter\nafter that\n');
      expect(handler.fd).toBeUndefined();
    });

    it.each(['w', 'w+'])('in mode %s reports the record and leaves the file alone', (mode) => {
      const handler = new QuietFileHandler(join(tempDir(), 'app.log'), { mode });
      logAll(handler, ['before']);
      void handler.close();

      logAll(handler, ['after']);

      expect(text(handler.baseFilename)).toBe('before\n');
      expect(handler.failures).toEqual([
        'after: the handler is closed, and mode "w" does not open the file again',
      ]);
    });

    it('writes at once, although it had a buffer', () => {
      const handler = new FileHandler(join(tempDir(), 'app.log'), { buffer: {} });
      void handler.close();

      logAll(handler, ['after']);

      expect(text(handler.baseFilename)).toBe('after\n');
    });
  });

  describe('with a buffer', () => {
    it('writes when the piece is full, and the rest at close', () => {
      const handler = new FileHandler(join(tempDir(), 'app.log'), { buffer: { bytes: 10 } });

      logAll(handler, ['1234']);
      expect(text(handler.baseFilename)).toBe('');
      logAll(handler, ['5678', '9']);
      expect(text(handler.baseFilename)).toBe('1234\n5678\n');
      void handler.close();
      expect(text(handler.baseFilename)).toBe('1234\n5678\n9\n');
    });

    it('writes after intervalMs without another record', async () => {
      const handler = new FileHandler(join(tempDir(), 'app.log'), { buffer: { intervalMs: 5 } });

      logAll(handler, ['alone']);

      await until(() => text(handler.baseFilename) === 'alone\n');
      void handler.close();
    });

    it('flushes synchronously', () => {
      const handler = new FileHandler(join(tempDir(), 'app.log'), { buffer: {} });
      logAll(handler, ['a', 'b']);

      expect(handler.flush()).toBeUndefined();

      expect(text(handler.baseFilename)).toBe('a\nb\n');
      void handler.close();
    });

    it('writes at once after the flush at the end of the process', () => {
      const handler = new FileHandler(join(tempDir(), 'app.log'), { buffer: {} });
      logAll(handler, ['a']);

      handler.flushSync();
      logAll(handler, ['logged by a later exit listener']);

      expect(text(handler.baseFilename)).toBe('a\nlogged by a later exit listener\n');
      void handler.close();
    });

    it('refuses only the record that the encoding cannot hold', () => {
      const handler = new QuietFileHandler(join(tempDir(), 'app.log'), { buffer: {}, encoding: 'ascii' });

      logAll(handler, ['a', 'é', 'b']);
      void handler.close();

      expect(text(handler.baseFilename)).toBe('a\nb\n');
      expect(handler.failures).toEqual([
        "é: 'ascii' codec can't encode character '\\xe9' in position 0: ordinal not in range(128)",
      ]);
    });

    it('counts unwritten records at close when the disk is full', () => {
      const handler = new QuietFileHandler('/dev/full', { buffer: {} });
      logAll(handler, ['a', 'b']);

      void handler.close();

      expect(handler.failures).toEqual(['b: 2 records were lost at close']);
    });

    it.each([
      [{ bytes: Number.NaN }, 'FileHandler: "buffer": "bytes" must be a positive integer, got NaN.'],
      [
        'trun',
        `FileHandler: "buffer" must be 'turn', or an object with "bytes" and "intervalMs", got 'trun'.`,
      ],
    ])('refuses %j', (buffer, message) => {
      const open = openHandlers.newestFirst().length;
      const options = { buffer: buffer as 'turn' };

      expect(() => new FileHandler(join(tempDir(), 'app.log'), options)).toThrow(message);

      expect(openHandlers.newestFirst().length).toBeLessThanOrEqual(open);
    });

    it("writes the records of a turn at its end with 'turn'", async () => {
      const handler = new FileHandler(join(tempDir(), 'app.log'), { buffer: 'turn' });

      logAll(handler, ['a', 'b']);
      expect(text(handler.baseFilename)).toBe('');
      await nextTurn();

      expect(text(handler.baseFilename)).toBe('a\nb\n');
      void handler.close();
    });

    it.each<[string, (handler: FileHandler) => unknown]>([
      ['flush()', (handler) => handler.flush()],
      ['flushSync()', (handler) => handler.flushSync()],
      ['close()', (handler) => handler.close()],
    ])('has written the records of the turn when %s returns', (_how, end) => {
      const handler = new FileHandler(join(tempDir(), 'app.log'), { buffer: 'turn' });
      logAll(handler, ['a', 'b']);

      void end(handler);

      expect(text(handler.baseFilename)).toBe('a\nb\n');
      void handler.close();
    });
  });

  describe('encodings', () => {
    it.each([
      ['utf8', 'é😀\n', 'c3a9f09f98800a'],
      ['UTF-8', 'é\n', 'c3a90a'],
      ['latin-1', 'é\n', 'e90a'],
      ['utf-8-sig', 'a\n', 'efbbbf610a'],
      ['utf-16', 'a\n', 'fffe61000a00'],
      ['utf-16-le', 'a\n', '61000a00'],
      ['us-ascii', 'a\n', '610a'],
    ])('writes %s', (encoding, line, hex) => {
      const path = join(tempDir(), 'app.log');

      expect(written(path, { encoding }, [line.slice(0, -1)]).toString('hex')).toBe(hex);
    });

    it('writes a byte order mark at the beginning of the file only', () => {
      const path = join(tempDir(), 'app.log');
      written(path, { encoding: 'utf-8-sig' }, ['a', 'b']);

      expect(written(path, { encoding: 'utf-8-sig' }, ['c']).toString('hex')).toBe('efbbbf610a620a630a');
    });

    it('writes a lone surrogate as U+FFFD and keeps the record', () => {
      const path = join(tempDir(), 'app.log');

      expect(written(path, {}, ['a\ud83db']).toString()).toBe('a\ufffdb\n');
    });

    it('refuses an unknown encoding or policy', () => {
      const path = join(tempDir(), 'app.log');

      expect(() => new FileHandler(path, { encoding: 'nosuch' })).toThrow(
        'FileHandler: "encoding" must be one of utf8, utf8-sig, utf16, utf16le, latin1, ascii, got \'nosuch\'.',
      );
      expect(() => new FileHandler(path, { errors: 'shrug' as 'ignore' })).toThrow(
        'FileHandler: "errors" must be one of strict, ignore, replace, backslashreplace, xmlcharrefreplace, got \'shrug\'.',
      );
    });
  });
});

function newSink(): FileSink {
  return new FileSink(newAppendFile());
}

function useBatch(sink: FileSink): AppendBatch {
  const batch = new AppendBatch(sink.file, {
    bytes: 1000,
    intervalMs: 60_000,
    onKept: (error) => {
      throw error;
    },
  });
  sink.batch = batch;
  return batch;
}

describe('FileSink', () => {
  it('has the path of its file as its name', () => {
    const sink = newSink();

    expect(sink.name).toBe(sink.file.path);
    sink.file.close();
  });

  it('has text in the file when the write returns', () => {
    const sink = newSink();

    sink.write('one\n');

    expect(textOf(sink.file)).toBe('one\n');
    sink.file.close();
  });

  it('writes through a batch when it has one', () => {
    const sink = newSink();
    const batch = useBatch(sink);

    sink.write('one\n');
    expect(textOf(sink.file)).toBe('');

    batch.close();
    expect(textOf(sink.file)).toBe('one\n');
    sink.file.close();
  });

  it.each([false, true])('calls beforeWrite with each text (in a batch: %s)', (inBatch) => {
    const sink = newSink();
    const batch = inBatch ? useBatch(sink) : undefined;
    const seen: string[] = [];
    sink.beforeWrite = (text) => seen.push(`${text.trim()} after ${textOf(sink.file).length}`);

    sink.write('one\n');
    batch?.flush();
    sink.write('two\n');

    expect(seen).toEqual(['one after 0', 'two after 4']);
    batch?.close();
    sink.file.close();
  });
});
