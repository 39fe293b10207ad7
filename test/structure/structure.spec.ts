/** The rules of the source that no linter checks: names, mirrored specs, sizes, first lines. Each failure lists the files and the remedy. */
import { describe, expect, it } from 'vitest';
import { classesIn, hasRoleName, isNamedAfter } from './class-names';
import { circlesIn, importersOf, importsInRooms, importsOf } from './imports';
import { filesUnder, type SourceFile } from './source-files';
import { COVERED_ELSEWHERE, hasBehaviour, mirrorOf } from './mirror';

const lib = filesUnder('lib');
const test = filesUnder('test');
const ENTRIES = new Set(['lib/index.ts', 'lib/logging.ts', 'lib/express.ts', 'lib/testing.ts']);
const DRAWERS = /(^|\/)(utils?|helpers?|common|misc|types|constants|shared|tools)(\.ts$|\/)/;

/** A smaller file needs a second importer. */
const LEAST_CODE_LINES = 25;
/** Public classes that have their own file although they are small: their file is where a reader looks for them. */
const SMALL_PUBLIC_CLASSES = new Set(['lib/formatters/buffering.formatter.ts']);
/** Types that need each other, and nothing else: a logger and its manager, a record and the scope that it was logged in. */
const ALLOWED_CIRCLES = new Set([
  'lib/core/log-record.ts, lib/core/record-context.ts',
  'lib/core/logger.ts, lib/core/manager.ts',
]);
const imports = importsOf(lib);

/** One line per file that breaks a rule; an empty list is a pass, anything else is printed as it stands. */
function broken(files: readonly SourceFile[], rule: (file: SourceFile) => string | undefined): string[] {
  return files.flatMap((file) => {
    const complaint = rule(file);
    return complaint === undefined ? [] : [`${file.path}: ${complaint}`];
  });
}

/** The first line of code (not of comment) that matches, with its number. */
function lineWith(file: SourceFile, pattern: RegExp): string | undefined {
  const index = file.codeLines.findIndex((line) => pattern.test(line));
  return index === -1 ? undefined : `line ${index + 1} has "${file.lines[index]?.trim() ?? ''}"`;
}

describe('every file of lib', () => {
  it('holds the class that it is named after, if its name ends with a role such as .handler', () => {
    expect(
      broken(lib, (file) => {
        if (!hasRoleName(file.path)) return undefined;
        const classes = classesIn(file.text);
        return classes.some((name) => isNamedAfter(file.path, name))
          ? undefined
          : `holds ${classes.join(', ') || 'no class'}.`;
      }),
    ).toEqual([]);
  });

  it('opens with a comment that says in one sentence what is in it', () => {
    expect(
      broken(lib, (file) =>
        /^(#!.*\n)?\/\*\*[^]*?[.:]\s*\*\//.test(file.text)
          ? undefined
          : 'starts without "/** One sentence. */".',
      ),
    ).toEqual([]);
  });

  it('has at most 330 lines', () => {
    expect(
      broken(lib, (file) => (file.lines.length > 330 ? `has ${file.lines.length} lines.` : undefined)),
    ).toEqual([]);
  });

  it('is in a folder named after a subject, not in a collection such as `utils`', () => {
    expect(
      broken([...lib, ...test], (file) =>
        DRAWERS.test(file.path.replace(/^test\/types\//, 'test/')) ? 'is a drawer.' : undefined,
      ),
    ).toEqual([]);
  });

  it('spells out what the index of a folder exports; the entries have their lists in the API reports', () => {
    expect(
      broken(
        lib.filter((file) => file.base === 'index.ts' && !ENTRIES.has(file.path)),
        (file) => lineWith(file, /export \*/),
      ),
    ).toEqual([]);
  });

  it('loads a module lazily by the path of its type', () => {
    const pattern = /require\('([^']+)'\) as typeof import\('([^']+)'\)/g;
    expect(
      broken(lib, ({ text }) => {
        const [pairs, calls] = [
          [...text.matchAll(pattern)],
          [...text.matchAll(/^.*\brequire\('(?:\.|node:).*$/gm)],
        ];
        const code = calls.filter(([line]) => !/^\s*(\*|\/\/)/.test(line));
        const wrong = pairs.find(([, loaded, type]) => loaded !== type);
        if (wrong !== undefined) return `has "${wrong[0]}".`;
        return pairs.length < code.length ? 'calls require() without "as typeof import()".' : undefined;
      }),
    ).toEqual([]);
  });

  it('uses neither any, enum nor a compiler suppression', () => {
    expect(
      broken(
        lib,
        (file) =>
          lineWith(file, /: any\b|\bas any\b|<any>|^\s*(export )?(declare )?(const )?enum\b/) ??
          (/@ts-(ignore|nocheck|expect-error)/.test(file.text) ? 'silences the compiler.' : undefined),
      ),
    ).toEqual([]);
  });

  it('has its spec at the same path in test/', () => {
    const specs = new Set(test.map((file) => file.path));
    expect(
      broken(lib, (file) => {
        if (ENTRIES.has(file.path) || file.base === 'index.ts' || !hasBehaviour(file)) return undefined;
        const spec = COVERED_ELSEWHERE[file.path]?.spec ?? mirrorOf(file.path);
        return specs.has(spec) ? undefined : `has no ${spec}.`;
      }),
    ).toEqual([]);
  });
});

describe('the imports of lib', () => {
  it('form no circle of files, types included', () => {
    expect(
      circlesIn(imports)
        .map((circle) => circle.join(', '))
        .filter((circle) => !ALLOWED_CIRCLES.has(circle))
        .map(
          (circle) => `${circle}: merge them, or move what they share to a file that imports none of them.`,
        ),
    ).toEqual([]);
  });

  it('run one way between the files and folders of a room, types included', () => {
    expect(
      circlesIn(importsInRooms(imports))
        .map((circle) => circle.join(', '))
        .filter((circle) => !ALLOWED_CIRCLES.has(circle))
        .map((circle) => `${circle}: a folder must not import the file that uses it; move what they share.`),
    ).toEqual([]);
  });

  it('include a second importer for each small file', () => {
    expect(
      broken(lib, (file) => {
        // The index of a folder is the list of its exports.
        if (SMALL_PUBLIC_CLASSES.has(file.path) || file.path.endsWith('/index.ts')) return undefined;
        const lines = file.codeLines.filter((line) => line.trim() !== '').length;
        const [importer, second] = importersOf(imports, file.path);
        if (importer === undefined || second !== undefined || lines >= LEAST_CODE_LINES) return undefined;
        return `has ${lines} lines of code and one importer; move it into ${importer}.`;
      }),
    ).toEqual([]);
  });
});

describe('the lists of exceptions', () => {
  it('contain only files that need one', () => {
    const circles = new Set(circlesIn(imports).map((circle) => circle.join(', ')));
    const unused = [
      ...[...ALLOWED_CIRCLES].filter((circle) => !circles.has(circle)),
      ...[...SMALL_PUBLIC_CLASSES].filter((path) => importersOf(imports, path).length !== 1),
    ];
    expect(unused).toEqual([]);
  });
});

describe('the list of files covered elsewhere', () => {
  it('names only files that exist, lack a mirror and say why', () => {
    const paths = new Set([...lib, ...test].map((file) => file.path));
    const stale = Object.entries(COVERED_ELSEWHERE).filter(
      ([file, { why }]) => !paths.has(file) || paths.has(mirrorOf(file)) || why.length < 20,
    );
    expect(stale.map(([file]) => file)).toEqual([]);
  });
});

describe('every file of test', () => {
  it('leaves no test out and none alone', () => {
    expect(
      broken(test, (file) =>
        lineWith(file, /\b(describe|it|test|suite)(\.\w+)*\.(only|skip|todo|fails)\b|\b[xf](it|describe)\(/),
      ),
    ).toEqual([]);
  });
});

describe('every file', () => {
  it('is finished: it promises no later work', () => {
    // The brackets keep this line from matching itself.
    const promise = /\b(T[O]DO|FIX[M]E|X[X]X|HA[C]K)\b/;
    expect(
      broken([...lib, ...test], (file) => {
        const line = file.lines.findIndex((text) => promise.test(text));
        return line === -1 ? undefined : `line ${line + 1}: do it, or write an issue.`;
      }),
    ).toEqual([]);
  });
});
