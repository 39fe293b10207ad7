/** A temporary project that installs the packed package as users do, and runs programs. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { inject } from 'vitest';

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

export class Consumer {
  static async install(options: ConsumerOptions = {}): Promise<Consumer> {
    const consumer = new Consumer(mkdtempSync(join(tmpdir(), 'hindsight-consumer-')));
    const { type = 'commonjs', dependencies = {}, overrides = {} } = options;
    const manifest = {
      name: 'consumer',
      private: true,
      type,
      dependencies: { ...dependencies, 'nestjs-hindsight': `file:${inject('tarball')}` },
      overrides,
    };
    consumer.write('package.json', JSON.stringify(manifest, null, 2));
    // With `--legacy-peer-deps` or `--force`, npm would hide a peer range that does not match.
    const flags = ['--no-audit', '--no-fund', '--prefer-offline', '--ignore-scripts', '--strict-peer-deps'];
    await run('npm', ['install', ...flags], { cwd: consumer.folder });
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
