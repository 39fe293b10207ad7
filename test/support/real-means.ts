/** Checks for requirements of some tests: installed programs, or the rights of root. */
import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

const required = process.env['REQUIRE_PEERS'] === '1';

function isInstalled(command: string): boolean {
  const directories = (process.env['PATH'] ?? '').split(delimiter);
  return directories.some((directory) => {
    try {
      accessSync(join(directory, command), constants.X_OK);
      return true;
    } catch {
      // Not in this directory.
      return false;
    }
  });
}

/**
 * For `describe.runIf`: whether the commands are installed. Always true with REQUIRE_PEERS=1, so that a test without its
 * requirements fails and is not skipped.
 */
export function haveCommands(...commands: readonly string[]): boolean {
  return required || commands.every((command) => isInstalled(command));
}

/** Like `haveCommands`, for tests that mount file systems and change their user. */
export function haveRoot(...commands: readonly string[]): boolean {
  return required || (process.getuid?.() === 0 && haveCommands(...commands));
}

/**
 * Like `haveRoot`, for tests in their own PID namespaces, which most containers may not create, even as root. Always true with
 * REQUIRE_PEERS=1.
 */
export function haveNamespaces(): boolean {
  if (required) return true;
  if (!haveRoot('unshare')) return false;
  return spawnSync('unshare', ['--fork', '--pid', '--mount-proc', '--uts', 'true']).status === 0;
}
