/** Makes the sample ready to run: builds the library, packs it as npm would publish it, installs and compiles. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const SAMPLE = dirname(fileURLToPath(import.meta.url));
const ROOT = dirname(SAMPLE);
const PACKED = join(SAMPLE, '.packed');
const TARBALL = join(PACKED, 'nestjs-hindsight.tgz');
const INSTALLED = join(SAMPLE, 'node_modules/nestjs-hindsight');
/** What the third-party packages in node_modules were installed from. */
const STAMP = join(SAMPLE, 'node_modules/.installed-from');

function run(command, args, cwd) {
  // npm is a script that only a shell can start on Windows; the arguments are ours.
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd,
    encoding: 'utf8',
    shell: process.platform === 'win32',
  });
  if (status === 0) return stdout;
  const why = error?.message ?? `${stdout}${stderr}`;
  throw new Error(`${command} ${args.join(' ')} failed:\n${why}`, { cause: error });
}

/** When the youngest file of a folder was written, in ms; 0 where there is none. */
function newestIn(folder) {
  if (!existsSync(folder)) return 0;
  return Math.max(
    0,
    ...readdirSync(folder, { recursive: true }).map((name) => statSync(join(folder, name)).mtimeMs),
  );
}

function build() {
  const dist = join(ROOT, 'dist');
  if (newestIn(dist) >= newestIn(join(ROOT, 'lib'))) return;
  try {
    run('npm', ['run', 'build'], ROOT);
  } catch (error) {
    // The compiler writes its output in spite of errors; the next run must not take it for a build.
    rmSync(dist, { recursive: true, force: true });
    throw error;
  }
}

function pack() {
  mkdirSync(PACKED, { recursive: true });
  const [{ filename }] = JSON.parse(
    run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', PACKED], ROOT),
  );
  renameSync(join(PACKED, filename), TARBALL);
}

/**
 * `npm ci` once for each state of the lock file; it takes the tarball that is there, for which the lock holds no hash.
 * After that only our own package is new each time, and it has no dependencies: unpacking it is all that npm would do.
 */
function install() {
  const lock = createHash('sha256')
    .update(readFileSync(join(SAMPLE, 'package-lock.json')))
    .digest('hex');
  if (!existsSync(STAMP) || readFileSync(STAMP, 'utf8') !== lock) {
    run('npm', ['ci', '--no-audit', '--no-fund', '--prefer-offline'], SAMPLE);
    writeFileSync(STAMP, lock);
    return;
  }
  rmSync(INSTALLED, { recursive: true, force: true });
  mkdirSync(INSTALLED);
  run('tar', ['-xzf', TARBALL, '-C', INSTALLED, '--strip-components=1'], SAMPLE);
}

/** Throws with what the failing step printed. */
export function prepare() {
  build();
  pack();
  install();
  rmSync(join(SAMPLE, 'dist'), { recursive: true, force: true });
  run(process.execPath, [join(SAMPLE, 'node_modules/typescript/bin/tsc'), '-p', 'tsconfig.json'], SAMPLE);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  console.log('Building and packing nestjs-hindsight, installing it in the sample ...\n');
  try {
    prepare();
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}
