import { describe, expect, it } from 'vitest';
import { parseBlocks } from './code-blocks';
import { compile } from './compile';

const fence = '```';

describe('compile', { timeout: 120_000 }, () => {
  it('accepts a block that awaits at the top level and imports the package', () => {
    const page = `${fence}ts\nimport { getLogger, shutdown } from 'nestjs-hindsight/logging';\ngetLogger('shop').info('open');\nawait shutdown();\n${fence}\n`;
    expect(compile(parseBlocks('page.md', page))).toEqual([]);
  });

  it('names the line of the page at which a mistake stands', () => {
    const page = `# Title\n\n${fence}ts\nconst one = 1;\nconst two: string = one;\n${fence}\n`;
    expect(compile(parseBlocks('page.md', page))).toEqual([
      "page.md:5: Type 'number' is not assignable to type 'string'.",
    ]);
  });

  it('keeps the names of one block out of the next', () => {
    const page = `${fence}ts\nconst here = 1;\n${fence}\n\n${fence}typescript\nconsole.log(here);\n${fence}\n`;
    expect(compile(parseBlocks('page.md', page))).toEqual(["page.md:6: Cannot find name 'here'."]);
  });
});

describe('parseBlocks', () => {
  it('takes the indentation of a list off and passes over other languages', () => {
    const page = `- step\n  ${fence}ts\n  const a = 1;\n  ${fence}\n${fence}sh\nnpm test\n${fence}\n`;
    expect(parseBlocks('page.md', page).map(({ code, line }) => ({ code, line }))).toEqual([
      { code: 'const a = 1;', line: 3 },
    ]);
  });

  it('refuses a block that is never closed', () => {
    expect(() => parseBlocks('page.md', `${fence}ts\nconst a = 1;\n`)).toThrow(
      'page.md:1: this code block is never closed.',
    );
  });
});
