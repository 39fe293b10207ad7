import {
  appendFileSync,
  constants,
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { DeliveryError } from '../../../lib/errors';
import { AppendFile } from '../../../lib/handlers/files/append-file';
import { LostFile, PathWatch, RotationError } from '../../../lib/handlers/files/path-watch';
import { textEncoding } from '../../../lib/handlers/files/text-encoding';
import { ManualClock } from '../../../lib/testing';
import { tempDir } from '../../support/temp-dir';

describe('RotationError', () => {
  it('is a DeliveryError that keeps its cause', () => {
    const cause = new Error('EACCES');
    const error = new RotationError('not moved', { cause });

    expect(error).toBeInstanceOf(DeliveryError);
    expect(error).toMatchObject({ code: 'ERR_LOG_DELIVERY', message: 'not moved', cause });
  });
});

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
  it('keeps a file that is still at its path', () => {
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

  it('updates the size after writes of other processes', () => {
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

  it('checks at most once in intervalMs, and again when the clock is set back', () => {
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

  it('keeps the renamed file when the new one cannot be opened, and reports this once in a while', () => {
    const { file, watch, clock, kept } = watched();
    renameSync(file.path, `${file.path}.1`);
    mkdirSync(file.path);

    expect(watch.follow()).toBe(false);
    expect(watch.follow()).toBe(false);
    file.write('kept\n');
    clock.advance(10_000);
    watch.follow();

    expect(readFileSync(`${file.path}.1`, 'utf8')).toBe('kept\n');
    expect(kept).toHaveLength(2);
    expect(kept[0]).toBeInstanceOf(RotationError);
    expect(kept[0]).toHaveProperty('cause.code', 'EISDIR');
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

interface LostTrial {
  readonly file: AppendFile;
  readonly clock: ManualClock;
  /** What was told so far. */
  readonly told: string[];
  /** Looks a second later. */
  readonly later: () => void;
  readonly look: () => void;
}

/** A file that is open and was looked at. */
function trial(path = join(tempDir(), 'logs', 'app.log')): LostTrial {
  if (path.startsWith('/tmp')) mkdirSync(dirname(path), { recursive: true });
  const { O_WRONLY, O_CREAT, O_APPEND } = constants;
  const file = new AppendFile(path, {
    flags: O_WRONLY | O_CREAT | O_APPEND,
    encoding: textEncoding('utf8', undefined),
  });
  const clock = new ManualClock();
  const told: string[] = [];
  const lost = new LostFile(file, { clock, onLost: (how) => told.push(how) });
  file.write('before\n');
  onTestFinished(() => file.close());
  const look = (): void => lost.look();
  look();
  const later = (): void => {
    clock.advance(1000);
    look();
  };
  return { file, clock, told, later, look };
}

describe('LostFile', () => {
  it.each<[string, (path: string) => void, string]>([
    ['was removed', (path) => unlinkSync(path), 'removed'],
    ['was removed and made anew', (path) => (unlinkSync(path), writeFileSync(path, '')), 'removed'],
    ['lay in a directory that was removed', (path) => rmSync(dirname(path), { recursive: true }), 'removed'],
    ['was renamed', (path) => renameSync(path, `${path}.1`), 'renamed'],
    [
      'was renamed and made anew',
      (path) => (renameSync(path, `${path}.1`), writeFileSync(path, '')),
      'renamed',
    ],
    [
      'lies in a directory that was renamed',
      (path) => renameSync(dirname(path), `${dirname(path)}.old`),
      'renamed',
    ],
    ['has another name as well', (path) => (linkSync(path, `${path}.1`), unlinkSync(path)), 'renamed'],
    [
      'lay in a directory whose place a file has',
      (path) => (rmSync(dirname(path), { recursive: true }), writeFileSync(dirname(path), '')),
      'removed',
    ],
  ])('reports once a file that %s', (_what, change, how) => {
    const { file, told, later } = trial();
    change(file.path);

    for (let times = 0; times < 5; times++) later();

    expect(told).toEqual([how]);
  });

  it('checks at most once a second', () => {
    const { file, clock, told, look } = trial();
    unlinkSync(file.path);

    clock.advance(999);
    look();
    expect(told).toEqual([]);
    clock.advance(1);
    look();
    expect(told).toEqual(['removed']);
  });

  it('does not report a truncated file, as after copytruncate', () => {
    const { file, told, later } = trial();

    truncateSync(file.path);
    later();
    file.write('after\n');
    later();

    expect(told).toEqual([]);
  });

  it('does not report the target of a link, nor a device', () => {
    const directory = tempDir();
    symlinkSync('real.log', join(directory, 'app.log'));
    const linked = trial(join(directory, 'app.log'));
    const device = trial('/dev/null');

    linked.later();
    device.later();

    expect([linked.told, device.told]).toEqual([[], []]);
  });

  it('reports a file again that came back in between, and one that was opened again', () => {
    const { file, told, later } = trial();
    renameSync(file.path, `${file.path}.1`);
    later();
    renameSync(`${file.path}.1`, file.path);
    later();
    renameSync(file.path, `${file.path}.1`);
    later();
    expect(told).toEqual(['renamed', 'renamed']);

    file.reopen();
    later();
    unlinkSync(file.path);
    later();
    expect(told).toEqual(['renamed', 'renamed', 'removed']);
  });

  it('reports nothing while the file is closed', () => {
    const { file, told, later } = trial();
    file.close();
    unlinkSync(file.path);

    later();

    expect(told).toEqual([]);
  });
});
