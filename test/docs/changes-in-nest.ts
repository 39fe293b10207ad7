/** The tables of CONTRIBUTING.md about what the package changes in Nest. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './code-blocks';

export interface ChangeInNest {
  /** Such as `ExceptionsHandler#next`, without backquotes. */
  readonly name: string;
  readonly package: string;
  /** Such as `11, 12`. */
  readonly versions: string;
  readonly why: string;
  /** From lib/nest/. */
  readonly file: string;
}

/** The rows of the table below a heading. */
export function changesInNest(heading: 'Wrapped methods' | 'Hooks that are added'): readonly ChangeInNest[] {
  const [, section = ''] = readFileSync(join(ROOT, 'CONTRIBUTING.md'), 'utf8').split(`\n### ${heading}\n`);
  const [ownSection = ''] = section.split('\n#');
  const rows = ownSection.split('\n').filter((line) => line.startsWith('|'));
  return rows.slice(2).map((row) => {
    const cells = row.split('|').map((cell) => cell.trim().replaceAll('`', ''));
    const [, name = '', packageName = '', versions = '', why = '', file = ''] = cells;
    return { name, package: packageName, versions, why, file };
  });
}

/** The methods that the table lists for a major version of Nest, in alphabetical order. */
export function listedMethods(major: number, of: (row: ChangeInNest) => boolean = () => true): string[] {
  return changesInNest('Wrapped methods')
    .filter((row) => row.versions.split(', ').includes(String(major)) && of(row))
    .map(({ name }) => name)
    .toSorted();
}
