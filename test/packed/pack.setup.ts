/** Packs the package once for all packed specs, after building it if lib is newer than the build. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  export interface ProvidedContext {
    /** The path of the tarball. */
    readonly tarball: string;
  }
}

export default function pack(project: TestProject): () => void {
  const { root } = project.config;
  const npm = (...args: string[]): string => execFileSync('npm', args, { cwd: root, encoding: 'utf8' });

  if (newestIn(join(root, 'dist')) < newestIn(join(root, 'lib'))) npm('run', '--silent', 'build');
  const folder = mkdtempSync(join(tmpdir(), 'hindsight-tarball-'));
  const packed = npm('pack', '--json', '--ignore-scripts', '--pack-destination', folder);
  const [{ filename }] = JSON.parse(packed) as [{ filename: string }];
  project.provide('tarball', join(folder, filename));
  return () => rmSync(folder, { recursive: true, force: true });
}

/** The time of the newest file of a folder, in ms; 0 if there is none. */
function newestIn(folder: string): number {
  if (!existsSync(folder)) return 0;
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return Math.max(0, ...files.map((name) => statSync(join(folder, name)).mtimeMs));
}
