/** Directories that are gone when the test is over. */
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** A new empty directory, removed with everything in it when the running test has finished. */
export function tempDir(): string {
  // Short and without links: a Unix socket in it must stay below 108 bytes.
  const path = mkdtempSync(join(realpathSync(tmpdir()), 'h-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}
