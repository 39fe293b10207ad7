/** Temporary directories for tests. */
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** Takes what to do when a test has finished, as `onTestFinished()` does. */
export type OnFinished = (cleanUp: () => void) => void;

/**
 * A new empty directory, removed with everything in it when the test has finished. A test that runs concurrently passes the
 * `onTestFinished` of its context.
 */
export function tempDir(onFinished: OnFinished = onTestFinished): string {
  // The path is short and without links, because the path of a Unix socket in it must have fewer than 108 bytes.
  const path = mkdtempSync(join(realpathSync(tmpdir()), 'h-'));
  onFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}
