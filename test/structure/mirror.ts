/** Which spec belongs to which file of lib, and which files are read by a spec of another name. */
import ts from 'typescript';
import type { SourceFile } from './source-files';

interface Elsewhere {
  readonly spec: string;
  readonly why: string;
}

/** Files without a spec of their own. Keep it small: a new line needs a reason a reviewer would accept. */
export const COVERED_ELSEWHERE: Readonly<Record<string, Elsewhere>> = {};

/** `lib/core/level.ts` → `test/core/level.spec.ts` */
export function mirrorOf(path: string): string {
  return path.replace(/^lib\//, 'test/').replace(/\.ts$/, '.spec.ts');
}

/** False for a file of interfaces, type aliases, re-exports and tables of literals: there is nothing to run in it. */
export function hasBehaviour(file: SourceFile): boolean {
  const source = ts.createSourceFile(file.path, file.text, ts.ScriptTarget.ES2022, true);
  let found = false;
  const visit = (node: ts.Node): void => {
    if (found || ts.isTypeNode(node) || ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node))
      return;
    found = ts.isFunctionLike(node) || ts.isClassLike(node);
    if (!found) ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}
