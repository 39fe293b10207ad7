/** The golden vectors: recorded behaviour of CPython, case by case. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Vector<Input, Expected> {
  readonly id: string;
  readonly in: Input;
  readonly expect: Expected;
}

interface VectorFile {
  readonly groups: Readonly<Record<string, readonly Vector<unknown, unknown>[]>>;
}

/** The cases of one group of `test/parity/vectors/<file>.json`. The caller gives their type. */
export function vectors<Input, Expected>(file: string, group: string): readonly Vector<Input, Expected>[] {
  const path = join(__dirname, '../parity/vectors', `${file}.json`);
  const { groups } = JSON.parse(readFileSync(path, 'utf8')) as VectorFile;
  const cases = groups[group];
  if (cases === undefined) throw new Error(`${file}.json has no group "${group}"`);
  return cases as readonly Vector<Input, Expected>[];
}

/** Deliberate differences from CPython: the id of the case, and the reason. */
export type Differences = Readonly<Record<string, string>>;

/** Splits a group into the cases to run and the listed ones; throws if a listed id does not exist. */
export function split<Input, Expected>(
  cases: readonly Vector<Input, Expected>[],
  differences: Differences,
): { readonly run: readonly Vector<Input, Expected>[]; readonly listed: readonly Vector<Input, Expected>[] } {
  const run = cases.filter(({ id }) => !Object.hasOwn(differences, id));
  return { run, listed: cases.filter(({ id }) => Object.hasOwn(differences, id)) };
}
