/** Which file of lib imports which, types included, and which of them form circles. */
import { dirname, join } from 'node:path/posix';
import ts from 'typescript';
import type { SourceFile } from './source-files';

/** Each node with the nodes that it imports. */
export type Imports = ReadonlyMap<string, ReadonlySet<string>>;

export function importsOf(files: readonly SourceFile[]): Imports {
  const paths = new Set(files.map(({ path }) => path));
  return new Map(
    files.map(({ path, text }) => {
      const found = ts.preProcessFile(text, true, true).importedFiles.map(({ fileName }) => {
        const target = join(dirname(path), fileName);
        return [`${target}.ts`, `${target}/index.ts`].find((candidate) => paths.has(candidate));
      });
      return [path, new Set(found.filter((target) => target !== undefined))];
    }),
  );
}

export function importersOf(imports: Imports, path: string): readonly string[] {
  return [...imports].filter(([, targets]) => targets.has(path)).map(([importer]) => importer);
}

/** `lib/handlers/files/retention.ts` is in the folder `lib/handlers/files/` of the room `lib/handlers/`. */
function unitOf(path: string): string {
  return path.split('/').slice(0, 3).join('/') + (path.split('/').length > 3 ? '/' : '');
}

/** The imports between the folders and files of each room, that is, of each folder directly in lib. */
export function importsInRooms(imports: Imports): Imports {
  const units = new Map<string, Set<string>>();
  for (const [path, targets] of imports) {
    const unit = unitOf(path);
    const found = units.get(unit) ?? new Set();
    for (const target of targets)
      if (dirname(unitOf(target)) === dirname(unit) && unitOf(target) !== unit) found.add(unitOf(target));
    units.set(unit, found);
  }
  return units;
}

function reachableFrom(start: string, imports: Imports): ReadonlySet<string> {
  const reached = new Set<string>();
  const next = [start];
  for (let at = next.pop(); at !== undefined; at = next.pop()) {
    for (const target of imports.get(at) ?? []) {
      if (reached.has(target)) continue;
      reached.add(target);
      next.push(target);
    }
  }
  return reached;
}

/** Groups of nodes that all import each other, directly or through others, each sorted by name. */
export function circlesIn(imports: Imports): readonly (readonly string[])[] {
  const reachable = new Map([...imports.keys()].map((node) => [node, reachableFrom(node, imports)]));
  const groups = [...reachable]
    .filter(([node, targets]) => targets.has(node))
    .map(([node, targets]) => [...targets].filter((other) => reachable.get(other)?.has(node)).toSorted());
  return [...new Map(groups.map((group) => [group.join(), group])).values()];
}
