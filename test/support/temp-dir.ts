/** Temporary directories for tests. */
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** A new empty directory, removed with everything in it when the running test has finished. */
export function tempDir(): string {
  // The path is short and without links, because the path of a Unix socket in it must have fewer than 108 bytes.
  const path = mkdtempSync(join(realpathSync(tmpdir()), 'h-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}
