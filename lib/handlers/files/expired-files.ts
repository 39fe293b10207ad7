/** Finds the backups of a file, and which of them exceed the count. */
import { accessSync, constants, readdirSync } from 'node:fs';
import { basename, dirname, join, parse, relative, resolve, sep } from 'node:path';
import { errorCode } from '../../internal/error-code';

function mayBeListed(directory: string): boolean {
  try {
    accessSync(directory, constants.R_OK | constants.X_OK);
    return true;
  } catch {
    // Not ours: this process creates the directories of its backups.
    return false;
  }
}

function subdirectories(directory: string): string[] {
  if (!mayBeListed(directory)) return [];
  return readdirSync(directory, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => join(directory, entry.name))
    .filter((path) => mayBeListed(path));
}

/**
 * Directories that match two absolute paths that differ in their date only. Where the two paths have the same name, the
 * name is fixed and is not looked up. Elsewhere every directory may match.
 */
export function directoriesLike(one: string, other: string): readonly string[] {
  const { root } = parse(one);
  const [fixed, varying] = [one, other].map((path) => relative(root, dirname(path)).split(sep));
  if (fixed === undefined || fixed.length !== varying?.length) return [dirname(one), dirname(other)];
  return fixed.reduce<readonly string[]>(
    (found, name, depth) =>
      name === varying[depth] ? found.map((path) => join(path, name)) : found.flatMap(subdirectories),
    [root],
  );
}

export interface BackupNames {
  /** The name of a backup without its date, such as `app.log`. */
  readonly base: string;
  /** Finds the date in a name. */
  readonly date: RegExp;
  /** Returns the handler's name for a plain name. Undefined keeps the plain name. */
  readonly rename: ((plain: string) => string) | undefined;
}

/** A date and the number that follows it if there are several of one hour: `2024-11-03_01.1`. */
export interface Stamp {
  readonly date: string;
  readonly repeat: number;
}

export interface Backup extends Stamp {
  /** The whole path if it is in another directory than the file. */
  readonly name: string;
  /** Its paths: two while it is being compressed. */
  readonly paths: readonly string[];
}

function stampAt(text: string, at: number): Stamp & { readonly plain: string; readonly length: number } {
  const date = text.slice(0, at);
  const [counter = ''] = /^\.[1-9]\d*/.exec(text.slice(at)) ?? [];
  return { plain: date + counter, date, repeat: Number(counter.slice(1)), length: at + counter.length };
}

/** The stamp of a plain name: the base, a dot, the whole date, and an optional number. */
function plainStamp(name: string, { base, date }: BackupNames): Stamp | undefined {
  if (!name.startsWith(`${base}.`)) return undefined;
  const rest = name.slice(base.length + 1);
  const match = date.exec(rest);
  if (match?.index !== 0) return undefined;
  const stamp = stampAt(rest, match[0].length);
  return stamp.length === rest.length ? stamp : undefined;
}

/** The stamp of a name that the namer returns for a plain name with the same date. */
function renamedStamp(name: string, names: BackupNames): Stamp | undefined {
  const search = new RegExp(names.date.source, `${names.date.flags.replace('g', '')}g`);
  for (let match = search.exec(name); match !== null; match = search.exec(name)) {
    const rest = name.slice(match.index);
    const stamp = stampAt(rest, match[0].length);
    for (const plain of new Set([match[0], stamp.plain])) {
      if (names.rename?.(`${names.base}.${plain}`) !== name) continue;
      return plain === stamp.plain ? stamp : { date: match[0], repeat: 0 };
    }
    const numbered = numberedStamp(name, match[0], names);
    if (numbered !== undefined) return numbered;
    search.lastIndex = match.index + 1;
  }
  return undefined;
}

/** If the namer leaves the number out, it follows the namer's name. */
function numberedStamp(name: string, date: string, { base, rename }: BackupNames): Stamp | undefined {
  const [counter = ''] = /\.[1-9]\d*$/.exec(name) ?? [];
  const bare = counter === '' ? '' : name.slice(0, -counter.length);
  const isNumbered = [date, date + counter].every((plain) => rename?.(`${base}.${plain}`) === bare);
  return counter !== '' && isNumbered ? { date, repeat: Number(counter.slice(1)) } : undefined;
}

/** The stamp of the name of a backup. Undefined for names of other files. */
export function stampOf(name: string, names: BackupNames): Stamp | undefined {
  return names.rename === undefined ? plainStamp(name, names) : renamedStamp(name, names);
}

export interface BackupSearch {
  readonly date: RegExp;
  readonly namer: ((plain: string) => string) | undefined;
  /** The suffix of compressed backups; undefined without compression. */
  readonly suffix: string | undefined;
  /** The plain paths of two backups whose dates differ in every part. The namer gives their directories. */
  readonly samples: readonly [string, string];
}

/** The backups of the file at `path`, the oldest first, from its directory and from those of the namer. */
export function findBackups(path: string, search: BackupSearch): Backup[] {
  const { namer, samples } = search;
  const directories = new Set([dirname(path), ...namersDirectories(namer, samples)]);
  return [...directories]
    .flatMap((directory) => backupsIn(directory, path, search))
    .toSorted((a, b) => compare(a.date, b.date) || a.repeat - b.repeat || compare(a.name, b.name));
}

function namersDirectories(
  namer: BackupSearch['namer'],
  [one, other]: BackupSearch['samples'],
): readonly string[] {
  if (namer === undefined) return [];
  try {
    return directoriesLike(resolve(namer(one)), resolve(namer(other)));
  } catch {
    // A namer that throws has not moved a file. When it is called for a backup, its error is reported.
    return [];
  }
}

function backupsIn(directory: string, path: string, { date, namer, suffix }: BackupSearch): Backup[] {
  // In the file's own directory only the name counts, as in CPython: older backups may have been made without a namer.
  const isBeside = directory === dirname(path);
  const rename = (plain: string): string => {
    const named = resolve(namer?.(join(dirname(path), plain)) ?? plain);
    return isBeside ? basename(named) : named;
  };
  const names = { base: basename(path), date, rename: namer === undefined ? undefined : rename };
  const found = new Map<string, Backup>();
  for (const file of filesIn(directory)) {
    const bare = suffix !== undefined && file.endsWith(suffix) ? file.slice(0, -suffix.length) : file;
    // In another directory, the date may be in the name of the directory.
    const name = isBeside ? bare : join(directory, bare);
    const stamp = stampOf(name, names);
    if (stamp === undefined) continue;
    const paths = [...(found.get(name)?.paths ?? []), join(directory, file)];
    found.set(name, { ...stamp, name, paths });
  }
  return [...found.values()];
}

function filesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return [];
    throw error;
  }
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** All but the newest `backupCount`. */
export function expired(backups: readonly Backup[], backupCount: number): readonly Backup[] {
  return backups.slice(0, Math.max(0, backups.length - backupCount));
}
