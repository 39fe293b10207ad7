import {
  appendFileSync,
  constants,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  unlinkSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { AppendFile } from '../../lib/internal/append-file';
import { PathWatch } from '../../lib/internal/path-watch';
import { textEncoding } from '../../lib/internal/text-encoding';
import { ManualClock } from '../../lib/testing';
import { tempDir } from '../support/temp-dir';

interface Trial {
  readonly file: AppendFile;
  readonly watch: PathWatch;
  readonly clock: ManualClock;
  readonly kept: unknown[];
}

function watched({ intervalMs = 0, path = join(tempDir(), 'app.log') } = {}): Trial {
  const file = new AppendFile(path, {
    flags: constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND,
    encoding: textEncoding('utf8', undefined),
  });
  file.open();
  const clock = new ManualClock();
  const kept: unknown[] = [];
  const watch = new PathWatch(file, { clock, intervalMs, onKept: (error) => kept.push(error) });
  return { file, watch, clock, kept };
}

describe('PathWatch', () => {
  it('leaves a file alone that is still under its path', () => {
    const { file, watch } = watched();
    const { fd } = file;

    expect(watch.follow()).toBe(false);
    expect(file.fd).toBe(fd);
    file.close();
  });

  it.each(['renamed', 'removed'])('opens the path again when the file was %s', (what) => {
    const { file, watch } = watched();
    file.write('old\n');
    if (what === 'renamed') renameSync(file.path, `${file.path}.1`);
    else unlinkSync(file.path);

    expect(watch.follow()).toBe(true);
    file.write('new\n');

    expect(readFileSync(file.path, 'utf8')).toBe('new\n');
    file.close();
  });

  it('learns the size that other writers have given the file', () => {
    const { file, watch } = watched();
    file.write('1234\n');
    appendFileSync(file.path, '6789\n');

    watch.follow();
    expect(file.size).toBe(10);

    truncateSync(file.path);
    watch.follow();
    expect(file.size).toBe(0);
    file.close();
  });

  it('looks at most once in intervalMs, and again when the clock is put back', () => {
    const { file, watch, clock } = watched({ intervalMs: 100 });
    watch.follow();
    unlinkSync(file.path);

    clock.advance(99);
    expect(watch.follow()).toBe(false);
    clock.advance(1);
    expect(watch.follow()).toBe(true);

    unlinkSync(file.path);
    clock.advance(-5000);
    expect(watch.follow()).toBe(true);
    file.close();
  });

  it('does nothing while the file is closed', () => {
    const { file, watch } = watched();
    file.close();

    expect(watch.follow()).toBe(false);
    expect(file.isOpen).toBe(false);
  });

  it('keeps the renamed file when the new one cannot be opened, and says so once in a while', () => {
    const { file, watch, clock, kept } = watched();
    renameSync(file.path, `${file.path}.1`);
    mkdirSync(file.path);

    expect(watch.follow()).toBe(false);
    expect(watch.follow()).toBe(false);
    file.write('kept\n');
    clock.advance(10_000);
    watch.follow();

    expect(readFileSync(`${file.path}.1`, 'utf8')).toBe('kept\n');
    expect(kept).toEqual([
      expect.objectContaining({ code: 'EISDIR' }),
      expect.objectContaining({ code: 'EISDIR' }),
    ]);
    rmSync(file.path, { recursive: true });
    expect(watch.follow()).toBe(true);
    file.close();
  });

  it('throws when the file is gone and the new one cannot be opened', () => {
    const directory = join(tempDir(), 'logs');
    mkdirSync(directory);
    const { file, watch } = watched({ path: join(directory, 'app.log') });
    rmSync(directory, { recursive: true });

    expect(() => watch.follow()).toThrow('ENOENT');
    expect(() => watch.follow()).toThrow('ENOENT');
    mkdirSync(directory);
    expect(watch.follow()).toBe(true);
    file.close();
  });
});
