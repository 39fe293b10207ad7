import { mkdirSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { directoriesLike, expired, findBackups, stampOf } from '../../../lib/handlers/files/expired-files';
import { tempDir } from '../../support/temp-dir';

const HOUR = /(?<!\d)\d{4}-\d{2}-\d{2}_\d{2}(?!\d)/;
const PLAIN = { base: 'app.log', date: HOUR, rename: undefined };

function directoryWith(names: readonly string[]): string {
  const directory = tempDir();
  for (const name of names) {
    mkdirSync(dirname(join(directory, name)), { recursive: true });
    writeFileSync(join(directory, name), '');
  }
  return directory;
}

describe('stampOf', () => {
  it('reads the date, and the number of an hour that came twice', () => {
    expect(stampOf('app.log.2024-11-03_01', PLAIN)).toMatchObject({ date: '2024-11-03_01', repeat: 0 });
    expect(stampOf('app.log.2024-11-03_01.12', PLAIN)).toMatchObject({ date: '2024-11-03_01', repeat: 12 });
  });

  it.each([
    'app.log',
    'app.log.2024-11-03',
    'app.log.2024-11-03_01.x',
    'app.log.2024-11-03_01.0',
    'app.log.2024-11-03_01.1.1',
    'app.log.b.2024-11-03_01',
    'my-app.log.2024-11-03_01',
  ])('does not treat %s as a backup', (name) => {
    expect(stampOf(name, PLAIN)).toBeUndefined();
  });

  it("uses the namer's result, also for the number", () => {
    const names = { ...PLAIN, rename: (plain: string) => `old-${plain.slice('app.log.'.length)}.log` };

    expect(stampOf('old-2024-11-03_01.log', names)).toMatchObject({ repeat: 0 });
    expect(stampOf('old-2024-11-03_01.1.log', names)).toMatchObject({ repeat: 1 });
    expect(stampOf('app.log.2024-11-03_01', names)).toBeUndefined();
  });
});

describe('stampOf with a namer that uses the date only', () => {
  const names = { ...PLAIN, rename: (plain: string) => `old/${/\d{4}-[\d_-]+/.exec(plain)?.[0] ?? ''}.log` };

  it('finds the number at the end', () => {
    expect(stampOf('old/2024-11-03_01.log', names)).toMatchObject({ date: '2024-11-03_01', repeat: 0 });
    expect(stampOf('old/2024-11-03_01.log.12', names)).toMatchObject({ date: '2024-11-03_01', repeat: 12 });
  });

  it.each([
    'old/2024-11-03_01.log.0',
    'old/2024-11-03_01.log.x',
    'old/2024-11-03_01.1.log',
    'else/2024-11-03_01.log.1',
  ])('does not treat %s as a backup', (name) => {
    expect(stampOf(name, names)).toBeUndefined();
  });
});

describe('findBackups', () => {
  it('sorts by time, and by number within an hour', () => {
    const stamps = ['2024-11-03_02', '2024-11-03_01.10', '2024-11-03_01.9', '2024-11-03_01'];
    const directory = directoryWith(stamps.map((stamp) => `app.log.${stamp}`));
    const path = join(directory, 'app.log');

    const found = findBackups(path, {
      date: HOUR,
      namer: undefined,
      suffix: undefined,
      samples: [path, path],
    });

    expect(found.map(({ name }) => name.slice('app.log.'.length))).toEqual(stamps.toReversed());
  });

  it('never treats the file itself as a backup, also in a directory named after a date', () => {
    const directory = directoryWith(['2024-01-01_01/app.log', '2024-01-02_01/app.log']);
    const namer = (name: string): string => join(directory, name.slice(-13), 'app.log');
    const path = join(directory, '2024-01-01_01', 'app.log');

    const found = findBackups(path, {
      date: HOUR,
      namer,
      suffix: undefined,
      samples: [`${path}.2024-01-01_05`, `${path}.2025-02-04_12`],
    });

    expect(found.flatMap(({ paths }) => paths).map((name) => relative(directory, name))).toEqual([
      '2024-01-02_01/app.log',
    ]);
  });

  it.each([
    ['nothing', ['app.log'], []],
    ['names without a date', ['app.log', 'app.log.b'], []],
  ])('finds %s next to the file when the namer throws', (_what, names, expected) => {
    const path = join(directoryWith(names), 'app.log');
    const namer = (): never => {
      throw new Error('no name');
    };

    const found = findBackups(path, { date: HOUR, namer, suffix: undefined, samples: [path, path] });

    expect(found).toEqual(expected);
  });

  it('throws the error of the namer when there is a backup', () => {
    const path = join(directoryWith(['app.log.2024-01-01_01']), 'app.log');
    const namer = (): never => {
      throw new Error('no name');
    };

    expect(() => findBackups(path, { date: HOUR, namer, suffix: undefined, samples: [path, path] })).toThrow(
      'no name',
    );
  });

  it("searches next to the file and in the namer's directories, and ignores other files", () => {
    const directory = directoryWith([
      'archive/app.log.2024-01-01_00',
      'archive/other.log.2024-01-01_00',
      'app.log.2024-01-01_01',
    ]);
    const namer = (name: string): string => join(dirname(name), 'archive', basename(name));
    const path = join(directory, 'app.log');

    const found = findBackups(path, {
      date: HOUR,
      namer,
      suffix: undefined,
      samples: [`${path}.2024-01-01_05`, `${path}.2025-02-04_12`],
    });

    expect(found.flatMap(({ paths }) => paths).map((name) => relative(directory, name))).toEqual([
      'archive/app.log.2024-01-01_00',
      // From before there was a namer; CPython deletes it too.
      'app.log.2024-01-01_01',
    ]);
  });

  it('searches in the directories of other dates', () => {
    const directory = directoryWith([
      '2023-12/app.log.2023-12-31_23',
      '2024-01/app.log.2024-01-01_00',
      '2024-01/other.log.2024-01-01_00',
      'mine/app.log.2024-01-01_00',
    ]);
    const path = join(directory, 'app.log');
    const namer = (name: string): string =>
      join(dirname(name), /\d{4}-\d{2}/.exec(name)?.[0] ?? '', basename(name));

    const found = findBackups(path, {
      date: HOUR,
      namer,
      suffix: undefined,
      samples: [`${path}.2024-01-01_05`, `${path}.2025-02-04_12`],
    });

    expect(found.flatMap(({ paths }) => paths).map((name) => relative(directory, name))).toEqual([
      '2023-12/app.log.2023-12-31_23',
      '2024-01/app.log.2024-01-01_00',
    ]);
  });

  it('counts a backup once while it is being compressed', () => {
    const directory = directoryWith([
      'app.log.2024-01-01_00',
      'app.log.2024-01-01_00.gz',
      'app.log.2024-01-01_01.gz',
    ]);
    const path = join(directory, 'app.log');

    const found = findBackups(path, { date: HOUR, namer: undefined, suffix: '.gz', samples: [path, path] });

    expect(found.map(({ paths }) => paths.length)).toEqual([2, 1]);
  });

  it('finds nothing in a directory that does not exist yet', () => {
    const path = join(tempDir(), 'app.log');
    const namer = (name: string): string => join(dirname(name), 'later', basename(name));

    expect(
      findBackups(path, { date: HOUR, namer, suffix: undefined, samples: [`${path}.x`, `${path}.y`] }),
    ).toEqual([]);
  });
});

describe('expired', () => {
  it('keeps the newest', () => {
    const backups = ['a', 'b', 'c'].map((name) => ({ name, date: name, repeat: 0, paths: [name] }));

    expect(expired(backups, 1).map(({ name }) => name)).toEqual(['a', 'b']);
    expect(expired(backups, 3)).toEqual([]);
    expect(expired(backups, 9)).toEqual([]);
  });
});

function directoryOfDirectories(...names: readonly string[]): string {
  const directory = tempDir();
  for (const name of names) mkdirSync(join(directory, name), { recursive: true });
  return directory;
}

describe('directoriesLike', () => {
  it('is the common directory of both paths, even if it does not exist', () => {
    expect(directoriesLike('/var/log/app.log.1', '/var/log/app.log.2')).toEqual(['/var/log']);
    expect(directoriesLike('/a', '/b')).toEqual(['/']);
  });

  it('is every directory in place of a part that differs, with the fixed parts below', () => {
    const directory = directoryOfDirectories('2023/12/shop', '2024/01/shop', '2024/02', 'notes');

    const found = directoriesLike(
      join(directory, '2024/02/shop/app.log'),
      join(directory, '2025/03/shop/app.log'),
    );

    expect(found.toSorted()).toEqual(
      ['2023/12/shop', '2024/01/shop', '2024/02/shop'].map((name) => join(directory, name)),
    );
  });

  it('is both directories of paths of different depth', () => {
    expect(directoriesLike('/a/b/c', '/a/d')).toEqual(['/a/b', '/a']);
  });

  it('is empty if nothing exists yet', () => {
    const directory = tempDir();

    expect(directoriesLike(join(directory, 'x/1/a'), join(directory, 'x/2/a'))).toEqual([]);
  });
});
