/** A temporary project that installs the packed package as users do, and runs programs. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { inject } from 'vitest';
import { until } from '../support/until';
import { NODE_PACKAGES } from './nodes';

const run = promisify(execFile);

export interface ConsumerOptions {
  /** The `type` in the project's package.json. @defaultValue 'commonjs' */
  readonly type?: 'commonjs' | 'module';
  /** Further dependencies, name to version range. */
  readonly dependencies?: Readonly<Record<string, string>>;
  /** The `overrides` in package.json, for a dependency whose own peers conflict. */
  readonly overrides?: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
}

/** Dependencies of a Nest application on Express. */
export function nestPackages(major: number): Record<string, string> {
  return {
    '@nestjs/common': `^${major}.0.0`,
    '@nestjs/core': `^${major}.0.0`,
    '@nestjs/platform-express': `^${major}.0.0`,
    'reflect-metadata': '^0.2.0',
    rxjs: '^7.8.0',
  };
}

/** The dependencies of `Consumer.application()`. */
const APPLICATIONS: Readonly<Record<11 | 12, Readonly<Record<string, string>>>> = {
  12: {
    ...nestPackages(12),
    ...NODE_PACKAGES,
    '@codegenie/serverless-express': '^5.0.0',
    '@fastify/aws-lambda': '^6.0.0',
    '@nestjs/bullmq': '^12.0.0',
    '@nestjs/event-emitter': '^12.0.0',
    '@nestjs/platform-fastify': '^12.0.0',
    '@nestjs/schedule': '^12.0.0',
    '@nestjs/terminus': '^12.0.0',
    '@vendia/serverless-express': '^4.12.0',
    bullmq: '^5.0.0',
    express: '^5.1.0',
    'serverless-http': '^4.0.0',
  },
  11: {
    ...nestPackages(11),
    '@nestjs/bullmq': '^11.0.0',
    '@nestjs/event-emitter': '^3.0.0',
    '@nestjs/platform-fastify': '^11.0.0',
    '@nestjs/schedule': '^6.0.0',
    '@nestjs/terminus': '~11.0.0',
    bullmq: '^5.0.0',
  },
};

export interface OutputOptions {
  readonly cwd: string;
  /** The Node program. @defaultValue the one that runs the tests */
  readonly node?: string;
  /** Variables in addition to the environment of the tests. */
  readonly env?: Readonly<Record<string, string>>;
}

/** The output of a program on both streams, with its exit code at the end. Its environment has no variables of vitest. */
export async function outputOf(
  args: readonly string[],
  { cwd, node = process.execPath, env = {} }: OutputOptions,
): Promise<string> {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^(VITEST|JEST|NODE_TEST|NODE_ENV|TEST$|FORCE_COLOR)/.test(name),
  );
  const child = spawn(node, args, { cwd, env: { ...Object.fromEntries(inherited), ...env, NO_COLOR: '1' } });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  }
  const [code] = (await once(child, 'close')) as [number | null];
  return `${output}\nexit code ${code}`;
}

/** Installs the packed package and the dependencies in a folder that has nothing else. */
async function npmInstall(folder: string, { type, dependencies, overrides }: ConsumerOptions): Promise<void> {
  const manifest = {
    name: 'consumer',
    private: true,
    type,
    dependencies: { ...dependencies, 'nestjs-hindsight': `file:${inject('tarball')}` },
    overrides,
  };
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest, null, 2));
  // With `--legacy-peer-deps` or `--force`, npm would hide a peer range that does not match.
  const flags = ['--no-audit', '--no-fund', '--prefer-offline', '--ignore-scripts', '--strict-peer-deps'];
  await run('npm', ['install', ...flags], { cwd: folder });
}

/** What the installation of a folder ended with: nothing, or the Error. */
const OUTCOME = 'outcome';

/** Installs the dependencies of Nest applications once for all spec files, beside the tarball. Returns the folder. */
async function installOnce(major: 11 | 12): Promise<string> {
  const folder = join(dirname(inject('tarball')), `nest-${major}`);
  const outcome = join(folder, OUTCOME);
  if (mkdirSync(folder, { recursive: true }) === undefined) {
    await until(() => existsSync(outcome), { what: `the packages of Nest ${major}`, timeoutMs: 170_000 });
    const failure = readFileSync(outcome, 'utf8');
    if (failure !== '') throw new Error(failure);
    return folder;
  }
  let failure = '';
  try {
    await npmInstall(folder, { type: 'commonjs', dependencies: APPLICATIONS[major] });
  } catch (error) {
    failure = String(error);
    throw error;
  } finally {
    // Renamed, so that nobody reads half of it.
    writeFileSync(`${outcome}.new`, failure);
    renameSync(`${outcome}.new`, outcome);
  }
  return folder;
}

export class Consumer {
  static async install(options: ConsumerOptions = {}): Promise<Consumer> {
    const consumer = new Consumer(mkdtempSync(join(tmpdir(), 'hindsight-consumer-')));
    const { type = 'commonjs', dependencies = {}, overrides = {} } = options;
    await npmInstall(consumer.folder, { type, dependencies, overrides });
    return consumer;
  }

  /** A project with all packages that applications of Nest use in several spec files, which are installed only once. */
  static async application(major: 11 | 12, type: 'commonjs' | 'module' = 'commonjs'): Promise<Consumer> {
    const installed = await installOnce(major);
    const consumer = new Consumer(mkdtempSync(join(dirname(installed), 'application-')));
    // Links to the files on Linux, because a copy of all of them takes seconds.
    const flags = process.platform === 'linux' ? '-Rl' : '-R';
    await run('cp', [flags, join(installed, 'node_modules'), consumer.folder]);
    consumer.write('package.json', JSON.stringify({ name: 'consumer', private: true, type }));
    return consumer;
  }

  private constructor(readonly folder: string) {}

  write(file: string, text: string): void {
    const path = join(this.folder, file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }

  /** Runs a program in the project and returns its output. If it fails, rejects with its stderr. */
  async run(file: string, program: string): Promise<string> {
    this.write(file, program);
    return this.execute(file);
  }

  /** The output of a program on both streams, whether it succeeds or fails. */
  async outputOf(file: string, program: string): Promise<string> {
    this.write(file, program);
    return outputOf([file], { cwd: this.folder });
  }

  /** Copies a folder of the project. */
  duplicate(from: string, to: string): void {
    cpSync(join(this.folder, from), join(this.folder, to), { recursive: true });
  }

  delete(folder: string): void {
    rmSync(join(this.folder, folder), { recursive: true });
  }

  /** Copies the files of a folder into the project. */
  copy(folder: string): void {
    cpSync(folder, this.folder, { recursive: true });
  }

  /** Runs a file of the project and returns its output. */
  async execute(file: string, ...args: readonly string[]): Promise<string> {
    const { stdout } = await run(process.execPath, [file, ...args], { cwd: this.folder });
    return stdout.trim();
  }

  installed(): string[] {
    return readdirSync(join(this.folder, 'node_modules')).filter((name) => !name.startsWith('.'));
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
