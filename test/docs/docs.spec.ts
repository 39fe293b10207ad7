/** Every TypeScript block of the README, the changelog and docs/ compiles against lib as it stands. */
import { describe, expect, it } from 'vitest';
import { blocksIn, markdownFiles } from './code-blocks';
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
