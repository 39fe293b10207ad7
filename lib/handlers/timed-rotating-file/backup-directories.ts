/** The directories that a namer's paths lead through, also those whose names depend on the date. */
import { accessSync, constants, readdirSync } from 'node:fs';
import { dirname, join, parse, relative, sep } from 'node:path';

function mayBeListed(directory: string): boolean {
  try {
    accessSync(directory, constants.R_OK | constants.X_OK);
    return true;
  } catch {
    // Somebody else's: ours are made by this process.
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
 * Directories of files named like two absolute paths that differ in nothing but their date: where the two agree the name is
 * fixed, elsewhere every directory may be one. Fixed ones are not looked for.
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
