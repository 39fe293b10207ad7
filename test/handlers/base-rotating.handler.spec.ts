import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { LogRecord } from '../../lib/core/log-record';
import { DeliveryError } from '../../lib/errors';
import { BaseRotatingHandler, type BaseRotatingHandlerOptions } from '../../lib/handlers';
import { RotationLock } from '../../lib/handlers/files/rotation-lock';
import { ManualClock } from '../../lib/testing';
import { capturedStderr } from '../support/captured-stderr';
import { spaceTag } from '../../lib/internal/process-space';
import { some } from '../support/some';
import { tempDir } from '../support/temp-dir';
import { until } from '../support/until';

/** Rotates before each record that says so, to `app.log.old`. */
class WordHandler extends BaseRotatingHandler {
  readonly failures: string[] = [];
  readonly reasons: unknown[] = [];
  rotatedElsewhere = 0;

  override shouldRollover(record: LogRecord): boolean {
    return record.getMessage().startsWith('new');
  }

  override doRollover(): void {
    this.rollOver(() => this.rotate(this.baseFilename, this.rotationFilename(`${this.baseFilename}.old`)));
  }

  override handleError(record: LogRecord, error: unknown): void {
    this.reasons.push(error);
    const cause = error instanceof Error ? error.cause : undefined;
    this.failures.push(`${record.getMessage()}: ${String(error)} ${String(cause ?? '')}`);
  }

  protected override backupPaths(): readonly string[] {
    return [`${this.baseFilename}.old`];
  }

  protected override onRotatedElsewhere(): void {
    this.rotatedElsewhere++;
  }
}

function make(options: BaseRotatingHandlerOptions = {}): WordHandler {
  return new WordHandler(join(tempDir(), 'app.log'), options);
}

function log(handler: BaseRotatingHandler, ...messages: readonly string[]): void {
  for (const message of messages) handler.handle(some.record({ message }));
}

function text(path: string): string {
  return readFileSync(path, 'utf8');
}

describe('BaseRotatingHandler', () => {
  it('deletes the backups that a subclass lists, when they are too old', () => {
    const clock = new ManualClock();
    clock.set(Date.now());
    const directory = tempDir();
    const handler = new WordHandler(join(directory, 'app.log'), { maxAgeDays: 1, clock });
    log(handler, 'a', 'new b');
    expect(readdirSync(directory)).toContain('app.log.old');

    clock.advance(86_400_000 + 60_000);
    log(handler, 'c');

    expect(handler.failures).toEqual([]);
    expect(readdirSync(directory)).toEqual(['app.log']);
    void handler.close();
  });

  it('rotates before the record that asks for it', () => {
    const handler = make();

    log(handler, 'a', 'new b');

    expect(text(`${handler.baseFilename}.old`)).toBe('a\n');
    expect(text(handler.baseFilename)).toBe('new b\n');
    void handler.close();
  });

  it('uses the namer and the rotator, given as options or as methods of a subclass', () => {
    class Methods extends WordHandler {
      override rotationFilename(name: string): string {
        return `${name}.method`;
      }
    }
    const moved: string[] = [];
    const rotator = (source: string, dest: string): void => {
      moved.push(dest.slice(source.length));
      renameSync(source, dest);
    };
    const options = make({ namer: (name) => `${name}.named`, rotator });
    const methods = new Methods(join(tempDir(), 'app.log'));

    log(options, 'a', 'new b');
    log(methods, 'a', 'new b');

    expect(moved).toEqual(['.old.named']);
    expect(text(`${options.baseFilename}.old.named`)).toBe('a\n');
    expect(text(`${methods.baseFilename}.old.method`)).toBe('a\n');
    void options.close();
    void methods.close();
  });

  it('opens the new file after a doRollover that moves the file itself', () => {
    class Own extends WordHandler {
      override doRollover(): void {
        this.rotate(this.baseFilename, `${this.baseFilename}.mine`);
      }
    }
    const handler = new Own(join(tempDir(), 'app.log'));

    log(handler, 'a', 'new b');

    expect(handler.rotatedElsewhere).toBe(1);
    expect(text(`${handler.baseFilename}.mine`)).toBe('a\n');
    expect(text(handler.baseFilename)).toBe('new b\n');
    void handler.close();
  });

  it('writes buffered records to the old file', () => {
    const handler = make({ buffer: {} });

    log(handler, 'a', 'new b');
    void handler.close();

    expect(text(`${handler.baseFilename}.old`)).toBe('a\n');
    expect(text(handler.baseFilename)).toBe('new b\n');
  });

  describe('when rotation fails', () => {
    it('writes every record to the file, reports, and tries again after a pause', () => {
      const clock = new ManualClock();
      const handler = make({ clock });
      const isBroken = { now: true };
      handler.namer = (name) => {
        if (isBroken.now) throw new Error('no name');
        return name;
      };

      log(handler, 'a', 'new b', 'new c');
      expect(handler.failures).toEqual([
        expect.stringMatching(/^new b: .*goes on in the same file .*no name/),
      ]);
      clock.advance(100);
      log(handler, 'new d');
      expect(handler.failures.length).toBe(2);
      isBroken.now = false;
      clock.advance(199);
      log(handler, 'new e');
      expect(text(handler.baseFilename)).toBe('a\nnew b\nnew c\nnew d\nnew e\n');
      clock.advance(1);
      log(handler, 'new f');

      expect(text(`${handler.baseFilename}.old`)).toBe('a\nnew b\nnew c\nnew d\nnew e\n');
      expect(text(handler.baseFilename)).toBe('new f\n');
      void handler.close();
    });

    it('gives handleError a DeliveryError with the cause', () => {
      const cause = new Error('no name');
      const handler = make({
        namer: () => {
          throw cause;
        },
      });

      log(handler, 'new a');

      expect(handler.reasons).toEqual([expect.objectContaining({ code: 'ERR_LOG_DELIVERY', cause })]);
      expect(handler.reasons[0]).toBeInstanceOf(DeliveryError);
      void handler.close();
    });

    it('reports on stderr that the rotation failed, not that a record was lost', () => {
      class Loud extends WordHandler {
        override handleError(record: LogRecord, error: unknown): void {
          BaseRotatingHandler.prototype.handleError.call(this, record, error);
        }
      }
      const stderr = capturedStderr();
      const handler = new Loud(join(tempDir(), 'app.log'), { namer: (name) => join(name, 'below') });

      log(handler, 'new a');

      expect(stderr.text).toMatch(/Loud .*app\.log: the file was not rotated as it should be: .*ENO/);
      void handler.close();
    });

    it('throws from a direct call of doRollover, and continues logging', () => {
      const handler = make({ namer: (name) => join(name, 'below') });

      expect(() => handler.doRollover()).toThrow(/ENO(ENT|TDIR)/);
      log(handler, 'a');

      expect(text(handler.baseFilename)).toBe('a\n');
      void handler.close();
    });

    it('refuses a rotator that returns a promise, and handles its rejection', async () => {
      const handler = make();
      handler.rotator = (async () => {
        throw new Error('too late');
      }) as unknown as () => void;

      log(handler, 'new a');
      await until(() => handler.failures.length === 2);

      expect(handler.failures).toEqual([
        expect.stringContaining('must have done its work when it returns, got a promise; use "compress"'),
        expect.stringContaining('too late'),
      ]);
      expect(text(handler.baseFilename)).toBe('new a\n');
      void handler.close();
    });
  });

  describe('with other processes', () => {
    it('opens the new file when another one has rotated', () => {
      const handler = make({ checkIntervalMs: 0 });
      log(handler, 'a');
      renameSync(handler.baseFilename, `${handler.baseFilename}.theirs`);

      log(handler, 'b');

      expect(text(`${handler.baseFilename}.theirs`)).toBe('a\n');
      expect(text(handler.baseFilename)).toBe('b\n');
      expect(handler.rotatedElsewhere).toBe(1);
      void handler.close();
    });

    it.each([
      ['the interval is over', { intervalMs: 5 }, async () => undefined],
      ['it is flushed', {}, async (handler: WordHandler) => handler.flush()],
      ['it is closed', {}, async (handler: WordHandler) => handler.close()],
      ['the process ends', {}, async (handler: WordHandler) => handler.flushSync()],
    ])(
      'writes its buffer to the new file when %s, not to one that was compressed',
      async (_when, buffer, end) => {
        const handler = make({ checkIntervalMs: 0, buffer });
        log(handler, 'a');
        unlinkSync(handler.baseFilename);
        writeFileSync(handler.baseFilename, 'theirs\n');

        await end(handler);

        await until(() => text(handler.baseFilename) === 'theirs\na\n');
        await handler.close();
      },
    );

    it('does not rotate a file that another process has just rotated', () => {
      const clock = new ManualClock();
      const handler = make({ checkIntervalMs: 1000, clock });
      log(handler, 'a');
      renameSync(handler.baseFilename, `${handler.baseFilename}.theirs`);
      writeFileSync(handler.baseFilename, 'theirs\n');

      log(handler, 'new b');

      expect(existsSync(`${handler.baseFilename}.old`)).toBe(false);
      expect(text(handler.baseFilename)).toBe('theirs\nnew b\n');
      void handler.close();
    });

    it('continues in its file while another process holds the lock', () => {
      const handler = make();
      const lock = new RotationLock(`${handler.baseFilename}.lock`);
      lock.acquire();

      log(handler, 'a', 'new b');
      lock.release();

      expect(text(handler.baseFilename)).toBe('a\nnew b\n');
      expect(handler.failures).toEqual([]);
      void handler.close();
    });

    it('leaves no lock behind', () => {
      const handler = make();

      log(handler, 'a', 'new b');

      expect(readdirSync(join(handler.baseFilename, '..')).toSorted()).toEqual(['app.log', 'app.log.old']);
      void handler.close();
    });
  });

  describe('options', () => {
    it('compresses the backup in the background, and close() waits for it', async () => {
      const handler = make({ compress: 'gzip' });
      log(handler, 'a', 'new b');

      await handler.close();

      expect(gunzipSync(readFileSync(`${handler.baseFilename}.old.gz`)).toString()).toBe('a\n');
      expect(existsSync(`${handler.baseFilename}.old`)).toBe(false);
    });

    it('keeps a link to the file being written', () => {
      const handler = make({ symlink: 'current.log' });

      expect(readlinkSync(join(handler.baseFilename, '..', 'current.log'))).toBe('app.log');
      void handler.close();
    });

    it('makes the link before the file with delay', () => {
      const handler = make({ symlink: 'current.log', delay: true });

      expect(readlinkSync(join(handler.baseFilename, '..', 'current.log'))).toBe('app.log');
      void handler.close();
    });

    it('refuses to replace a file by the link', () => {
      const directory = tempDir();
      writeFileSync(join(directory, 'current.log'), 'precious');

      expect(() => new WordHandler(join(directory, 'app.log'), { symlink: 'current.log' })).toThrow(
        `WordHandler: "symlink" must be the path of a link or of nothing, but "${join(directory, 'current.log')}" is a file; remove it.`,
      );
    });

    it('reports a link that it cannot update, and logs', () => {
      const handler = make({ symlink: 'current.log', delay: true });
      const link = join(handler.baseFilename, '..', 'current.log');
      unlinkSync(link);
      writeFileSync(link, 'precious');

      log(handler, 'a', 'new b');

      expect(handler.failures).toEqual([
        expect.stringContaining('"symlink" must be the path of a link or of nothing'),
      ]);
      expect(text(handler.baseFilename)).toBe('new b\n');
      void handler.close();
    });

    it('creates files with 0o640, or with fileMode', () => {
      const modes = [{}, { fileMode: 0o600 }, { fileMode: '600' }].map((options) => {
        const handler = make(options);
        log(handler, 'a', 'new b');
        void handler.close();
        return (statSync(handler.baseFilename).mode & 0o777).toString(8);
      });

      expect(modes).toEqual(['640', '600', '600']);
    });

    it('makes missing directories with mkdir, also those of backups', () => {
      const directory = join(tempDir(), 'a', 'b');
      const handler = new WordHandler(join(directory, 'app.log'), {
        mkdir: true,
        namer: (name) => name.replace('app.log', 'old/app.log'),
      });

      log(handler, 'a', 'new b');

      expect(text(join(directory, 'old', 'app.log.old'))).toBe('a\n');
      void handler.close();
    });

    it('makes directories for their owner and group, also those of backups', () => {
      const parent = tempDir();
      const handler = new WordHandler(join(parent, 'a', 'b', 'app.log'), {
        mkdir: true,
        namer: (name) => name.replace('app.log', 'old/older/app.log'),
      });
      log(handler, 'a', 'new b');
      void handler.close();

      const modes = ['a', 'a/b', 'a/b/old', 'a/b/old/older'].map((name) =>
        (statSync(join(parent, name)).mode & 0o777).toString(8),
      );
      expect(modes).toEqual(['750', '750', '750', '750']);
    });

    it('replaces the temporary link that a crash has left', () => {
      const directory = tempDir();
      symlinkSync('app.log', join(directory, `current.log.${process.pid}-${spaceTag()}`));

      const handler = new WordHandler(join(directory, 'app.log'), { symlink: 'current.log' });

      expect(readdirSync(directory).toSorted()).toEqual(['app.log', 'current.log']);
      void handler.close();
    });

    it('reports that there can be no link, and logs', () => {
      const stderr = capturedStderr();
      const directory = tempDir();
      // So long a name leaves no room for its draft.
      const handler = new WordHandler(join(directory, 'app.log'), { symlink: 'x'.repeat(254) });

      log(handler, 'a', 'new b');

      expect(stderr.text).toMatch(/the link was not made.*ENAMETOOLONG/);
      expect(text(join(directory, 'app.log'))).toBe('new b\n');
      void handler.close();
    });

    it('refuses a link in a directory that is missing', () => {
      expect(() => make({ symlink: 'links/current.log' })).toThrow(
        /WordHandler: "symlink" must be in a directory that exists, got ".*links\/current.log"/,
      );
    });

    it.each([
      [{ compress: 'zip' as 'gzip' }, `WordHandler: "compress" must be 'gzip', got "zip".`],
      [
        { fileMode: 640 },
        `WordHandler: "fileMode" must be permission bits from 0 to 0o777, got 640; write 0o640 or '640'.`,
      ],
      [{ fileMode: 'rw' }, 'got rw'],
      [{ checkIntervalMs: 0.5 }, 'WordHandler: "checkIntervalMs" must be a non-negative integer, got 0.5.'],
    ])('refuses %j', (options, message) => {
      expect(() => make(options)).toThrow(message);
    });

    it('throws at construction when the file cannot be opened', () => {
      const directory = tempDir();
      mkdirSync(join(directory, 'app.log'));

      expect(() => new WordHandler(join(directory, 'app.log'))).toThrow(/cannot open .*EISDIR/);
    });
  });
});
