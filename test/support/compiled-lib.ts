/** The library compiled to CommonJS, for tests with child processes. */
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';

const ROOT = resolve(__dirname, '../..');
const LIB = join(ROOT, 'lib');
const CACHE = join(ROOT, 'node_modules/.cache/compiled-lib');

interface Source {
  readonly path: string;
  readonly text: string;
}

function sources(): Source[] {
  const paths = readdirSync(LIB, { recursive: true, encoding: 'utf8' }).filter((path) =>
    path.endsWith('.ts'),
  );
  return paths.toSorted().map((path) => ({ path, text: readFileSync(join(LIB, path), 'utf8') }));
}

function digest(files: readonly Source[]): string {
  const hash = createHash('sha256');
  for (const { path, text } of files) hash.update(`${path}\0${text}\0`);
  return hash.digest('hex').slice(0, 16);
}

/** Compiles each file on its own, without a type check. */
async function compileInto(directory: string, files: readonly Source[]): Promise<void> {
  const { default: ts } = await import('typescript');
  const compilerOptions = {
    target: ts.ScriptTarget.ES2022,
    // CommonJS that keeps `import()`, as in tsconfig.json.
    module: ts.ModuleKind.Node20,
    useDefineForClassFields: false,
    experimentalDecorators: true,
    emitDecoratorMetadata: true,
  };
  for (const { path, text } of files) {
    const out = join(directory, path.replace(/\.ts$/, '.js'));
    mkdirSync(dirname(out), { recursive: true });
    writeFileSync(out, ts.transpileModule(text, { compilerOptions, fileName: path }).outputText);
  }
}

/** The directory with the compiled library. It is compiled once for each state of the sources. */
export async function compiledLib(): Promise<string> {
  const files = sources();
  const directory = join(CACHE, digest(files));
  if (existsSync(directory)) return directory;
  mkdirSync(CACHE, { recursive: true });
  const draft = mkdtempSync(join(CACHE, 'draft-'));
  await compileInto(draft, files);
  try {
    renameSync(draft, directory);
  } catch (error) {
    // Another test worker has compiled it meanwhile, with the same result.
    if (!existsSync(directory)) throw error;
    rmSync(draft, { recursive: true });
  }
  return directory;
}
