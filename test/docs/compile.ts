/** Type-checks code blocks in one program, as a reader's strict project would, with the package's names mapped to lib. */
import { join } from 'node:path';
import ts from 'typescript';
import { ROOT, type CodeBlock } from './code-blocks';

/** One line per mistake, at the place in the Markdown file where it stands. */
export function compile(blocks: readonly CodeBlock[]): string[] {
  if (blocks.length === 0) return [];
  // The blocks are never written: .mts, because a reader may await at the top level, as an ES module may.
  const modules = new Map(
    blocks.map((block, index) => [join(ROOT, 'test/docs', `block-${index}.mts`), block]),
  );
  const options = readerOptions();
  const program = ts.createProgram({
    rootNames: [...modules.keys()],
    options,
    host: hostWith(modules, options),
  });
  return [...modules].flatMap(([path, block]) => {
    const source = program.getSourceFile(path);
    return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)].map(
      (diagnostic) => describeMistake(diagnostic, block),
    );
  });
}

function describeMistake(diagnostic: ts.Diagnostic, block: CodeBlock): string {
  const start = diagnostic.file?.getLineAndCharacterOfPosition(diagnostic.start ?? 0).line ?? 0;
  return `${block.file}:${block.line + start}: ${ts.flattenDiagnosticMessageText(diagnostic.messageText, '\n')}`;
}

function readerOptions(): ts.CompilerOptions {
  const { config } = ts.readConfigFile(join(ROOT, 'tsconfig.json'), (path) => ts.sys.readFile(path)) as {
    config: object;
  };
  return {
    ...ts.parseJsonConfigFileContent({ ...config, files: [], include: [] }, ts.sys, ROOT).options,
    paths: {
      'nestjs-hindsight': [join(ROOT, 'lib/index.ts')],
      'nestjs-hindsight/*': [join(ROOT, 'lib/*.ts')],
    },
    moduleDetection: ts.ModuleDetectionKind.Force,
    // An example shows a name without using it, and may read process.env.PORT.
    noUnusedLocals: false,
    noUnusedParameters: false,
    noPropertyAccessFromIndexSignature: false,
  };
}

/** The files of lib and of packages, which every program has. */
const parsed = new Map<string, ts.SourceFile>();

function hostWith(modules: ReadonlyMap<string, CodeBlock>, options: ts.CompilerOptions): ts.CompilerHost {
  const host = ts.createCompilerHost(options);
  return {
    ...host,
    fileExists: (path) => modules.has(path) || host.fileExists(path),
    readFile: (path) => modules.get(path)?.code ?? host.readFile(path),
    directoryExists: (path) => ts.sys.directoryExists(path),
    getSourceFile: (path, languageVersion, onError) => {
      const block = modules.get(path);
      if (block !== undefined) return ts.createSourceFile(path, block.code, languageVersion);
      const source = parsed.get(path) ?? host.getSourceFile(path, languageVersion, onError);
      if (source !== undefined) parsed.set(path, source);
      return source;
    },
  };
}
