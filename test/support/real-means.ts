/** What some tests need of the machine: another program, or the rights of root. */
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
      // Not in this one.
      return false;
    }
  });
}

/**
 * For `describe.runIf`: whether the commands are installed. With REQUIRE_PEERS=1 always true, so that a test whose
 * means are missing fails instead of being left out.
 */
export function haveCommands(...commands: readonly string[]): boolean {
  return required || commands.every((command) => isInstalled(command));
}

/** As `haveCommands`, for tests that mount file systems and change their user. */
export function haveRoot(...commands: readonly string[]): boolean {
  return required || (process.getuid?.() === 0 && haveCommands(...commands));
}

/**
 * As `haveRoot`, for tests in PID namespaces of their own: containers mostly may not make any, even as root. With
 * REQUIRE_PEERS=1 always true.
 */
export function haveNamespaces(): boolean {
  if (required) return true;
  if (!haveRoot('unshare')) return false;
  return spawnSync('unshare', ['--fork', '--pid', '--mount-proc', '--uts', 'true']).status === 0;
}
