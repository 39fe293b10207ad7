/** Finds the TypeScript blocks of Markdown files, with the place each stands at. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

export const ROOT = resolve(__dirname, '../..');

export interface CodeBlock {
  /** From the root of the repository. */
  readonly file: string;
  /** The line of the file on which the first line of code stands, counted from 1. */
  readonly line: number;
  readonly code: string;
  /** Marked `ts ignore`. */
  readonly ignored: boolean;
  readonly lineAbove: string;
}

export function markdownFiles(): string[] {
  const pages = existsSync(join(ROOT, 'docs'))
    ? readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' }).map((name) => `docs/${name}`)
    : [];
  return ['README.md', 'CHANGELOG.md', 'CONTRIBUTING.md', ...pages.toSorted()].filter(
    (file) => file.endsWith('.md') && existsSync(join(ROOT, file)),
  );
}

export function blocksIn(file: string): CodeBlock[] {
  return parseBlocks(file, readFileSync(join(ROOT, file), 'utf8'));
}

/** A block may stand in a list or a quotation: its indentation is taken off, its fence must close it. */
export function parseBlocks(file: string, markdown: string): CodeBlock[] {
  const lines = markdown.split('\n');
  const blocks: CodeBlock[] = [];
  for (let at = 0; at < lines.length; at++) {
    const fence = /^(\s*)(`{3,})\s*(\S*)\s*(.*)$/.exec(lines[at] ?? '');
    if (fence === null) continue;
    const [, indent = '', ticks = '', language = '', flags = ''] = fence;
    const end = lines.findIndex((line, index) => index > at && line.trim() === ticks);
    if (end === -1) throw new Error(`${file}:${at + 1}: this code block is never closed.`);
    if (/^(ts|typescript|mts|cts)$/i.test(language)) {
      const code = lines.slice(at + 1, end).map((line) => line.replace(indent, ''));
      blocks.push({
        file,
        line: at + 2,
        code: code.join('\n'),
        ignored: /\bignore\b/.test(flags),
        lineAbove: lines[at - 1] ?? '',
      });
    }
    at = end;
  }
  return blocks;
}
