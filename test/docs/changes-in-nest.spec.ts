/** The tables of CONTRIBUTING.md about Nest. test/packed/transports.spec.ts compares what the other packages of Nest need. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { unwrapAll, wrappedMethods } from '../../lib/nest/hooks/wrap-method';
import { startNestApp } from '../support/nest-app';
import { changesInNest, listedMethods } from './changes-in-nest';
import { ROOT } from './code-blocks';

const wrapped = changesInNest('Wrapped methods');
const added = changesInNest('Hooks that are added');
/** The longest cell that a table may have, in characters. */
const LONGEST = 100;

function textOf(file: string): string {
  const path = join(ROOT, 'lib/nest', file);
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
}

afterEach(unwrapAll);

describe('the tables of CONTRIBUTING.md about Nest', () => {
  it('list the methods that an application on HTTP wraps', async () => {
    await startNestApp();

    const methods = wrappedMethods().map(({ className, methodName }) => `${className}#${methodName}`);

    expect(methods.toSorted()).toEqual(
      listedMethods(12, (row) => /^@nestjs\/(common|core)$/.test(row.package)),
    );
  });

  it('name the file of each', () => {
    // The last word of a name is the method, or the name of the hook.
    const missing = [...wrapped, ...added].filter(
      ({ name, file }) => !textOf(file).includes(/([\w$]+)\W*$/.exec(name)?.[1] ?? name),
    );

    expect(missing).toEqual([]);
    expect(wrapped.length).toBeGreaterThan(10);
    expect(added.length).toBeGreaterThan(5);
  });

  it('have short cells', () => {
    const cells = [...wrapped, ...added].flatMap((row) => Object.values(row) as string[]);

    expect(cells.filter((cell) => cell === '' || cell.length > LONGEST)).toEqual([]);
  });
});
