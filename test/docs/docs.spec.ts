/** Every TypeScript block of the README, the changelog and docs/ compiles against lib as it stands. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { blocksIn, markdownFiles, ROOT } from './code-blocks';
import { compile } from './compile';

const blocks = markdownFiles().flatMap(blocksIn);

describe('the code blocks of the documentation', () => {
  it('compile, each as a module of its own', { timeout: 120_000 }, () => {
    expect(compile(blocks.filter((block) => !block.ignored))).toEqual([]);
  });

  it('give a reason in a comment on the line above where they are left out', () => {
    const silent = blocks.filter((block) => block.ignored && !/<!--.{10,}-->/.test(block.lineAbove));
    expect(silent.map((block) => `${block.file}:${block.line}`)).toEqual([]);
  });
});

/** Longest text of a table's cell; what needs more is a list or a section. */
const WIDEST_CELL = 100;
const README_LINES = 300;

const linesOf = (file: string): string[] => readFileSync(join(ROOT, file), 'utf8').split('\n');

describe('the pages', () => {
  it('have tables that can be read: no cell is wider than 100 characters', () => {
    const wide = markdownFiles().flatMap((file) =>
      linesOf(file)
        .filter((line) => line.startsWith('|') && !line.startsWith('| --'))
        .flatMap((line) => line.split(/(?<!\\)\|/))
        .filter((cell) => cell.trim().length > WIDEST_CELL)
        .map((cell) => `${file}: ${cell.trim()}`),
    );
    expect(wide).toEqual([]);
  });

  it('begin with a README of fewer than 300 lines', () => {
    expect(linesOf('README.md').length).toBeLessThanOrEqual(README_LINES);
  });

  it('are all in the index', () => {
    const index = linesOf('docs/README.md').join('\n');
    const pages = markdownFiles()
      .filter((file) => file.startsWith('docs/'))
      .map((file) => file.slice('docs/'.length))
      .filter((page) => page !== 'README.md');
    expect(pages.filter((page) => !index.includes(`](${page})`))).toEqual([]);
  });
});
