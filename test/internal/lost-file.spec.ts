import {
  constants,
  linkSync,
  mkdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { AppendFile } from '../../lib/internal/append-file';
import { LostFile } from '../../lib/internal/lost-file';
import { textEncoding } from '../../lib/internal/text-encoding';
import { ManualClock } from '../../lib/testing';
import { tempDir } from '../support/temp-dir';

interface Trial {
  readonly file: AppendFile;
  readonly clock: ManualClock;
  /** What was told so far. */
  readonly told: string[];
  /** Looks a second later. */
  readonly later: () => void;
  readonly look: () => void;
}

/** A file that is open and was looked at. */
function trial(path = join(tempDir(), 'logs', 'app.log')): Trial {
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
  ])('tells once of a file that %s', (_what, change, how) => {
    const { file, told, later } = trial();
    change(file.path);

    for (let times = 0; times < 5; times++) later();

    expect(told).toEqual([how]);
  });

  it('looks at most once a second', () => {
    const { file, clock, told, look } = trial();
    unlinkSync(file.path);

    clock.advance(999);
    look();
    expect(told).toEqual([]);
    clock.advance(1);
    look();
    expect(told).toEqual(['removed']);
  });

  it('says nothing of a file that is cut, as copytruncate does', () => {
    const { file, told, later } = trial();

    truncateSync(file.path);
    later();
    file.write('after\n');
    later();

    expect(told).toEqual([]);
  });

  it('says nothing of a file that a link leads to, nor of a device', () => {
    const directory = tempDir();
    symlinkSync('real.log', join(directory, 'app.log'));
    const linked = trial(join(directory, 'app.log'));
    const device = trial('/dev/null');

    linked.later();
    device.later();

    expect([linked.told, device.told]).toEqual([[], []]);
  });

  it('tells again of a file that was back in between, and of one that was opened anew', () => {
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

  it('says nothing while the file is closed', () => {
    const { file, told, later } = trial();
    file.close();
    unlinkSync(file.path);

    later();

    expect(told).toEqual([]);
  });
});
