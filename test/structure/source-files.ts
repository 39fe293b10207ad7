/** Reads the TypeScript files of a folder, with and without their comments. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve, sep } from 'node:path';
import ts from 'typescript';

export const ROOT = resolve(__dirname, '../..');

export interface SourceFile {
  /** From the root of the repository, with slashes. */
  readonly path: string;
  readonly base: string;
  readonly text: string;
  readonly lines: readonly string[];
  /** The same lines with comments and the insides of strings blanked, so that prose is not taken for code. */
  readonly codeLines: readonly string[];
}

export function filesUnder(folder: string): readonly SourceFile[] {
  const top = join(ROOT, folder);
  if (!existsSync(top)) return [];
  return readdirSync(top, { recursive: true, withFileTypes: true })
    .filter(
      (entry) => entry.isFile() && entry.name.endsWith('.ts') && !entry.parentPath.includes('node_modules'),
    )
    .map((entry) => readSource(join(entry.parentPath, entry.name)))
    .toSorted((a, b) => a.path.localeCompare(b.path));
}

function readSource(file: string): SourceFile {
  const text = readFileSync(file, 'utf8');
  const path = relative(ROOT, file).split(sep).join('/');
  return {
    path,
    base: path.slice(path.lastIndexOf('/') + 1),
    text,
    lines: text.trimEnd().split('\n'),
    codeLines: blankProse(text).split('\n'),
  };
}

/** Keeps every line where it is; only what is neither code nor a line break becomes a space. */
function blankProse(text: string): string {
  const source = ts.createSourceFile('source.ts', text, ts.ScriptTarget.ES2022, true);
  const kept = text.replace(/[^\n]/g, ' ').split('');
  const visit = (node: ts.Node): void => {
    const children = node.getChildren(source);
    if (children.length > 0) {
      for (const child of children) if (!ts.isJSDoc(child)) visit(child);
      return;
    }
    if (ts.isStringLiteralLike(node) || node.kind === ts.SyntaxKind.RegularExpressionLiteral) return;
    for (let at = node.getStart(source); at < node.end; at++) kept[at] = text.charAt(at);
  };
  visit(source);
  return kept.join('');
}
