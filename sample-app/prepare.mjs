/** Prepares the sample: builds the library, packs it as npm would publish it, installs it and compiles the sample. */
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
/** The hash of the lock file from which node_modules was installed. */
const STAMP = join(SAMPLE, 'node_modules/.installed-from');

function run(command, args, cwd) {
  // On Windows npm is a script that only a shell can start. The arguments are our own.
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd,
    encoding: 'utf8',
    shell: process.platform === 'win32',
  });
  if (status === 0) return stdout;
  const why = error?.message ?? `${stdout}${stderr}`;
  throw new Error(`${command} ${args.join(' ')} failed:\n${why}`, { cause: error });
}

/** The time of the newest file of a folder, in ms; 0 if there is none. */
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
    // The compiler writes output even if there are errors; the next run must not use it as a build.
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
 * Runs `npm ci` once for each state of the lock file, which has no hash for our tarball. After that only our own package
 * changes. It has no dependencies, so unpacking it is enough.
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

/** @throws Error with the output of the failed step. */
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
