/** Packages that only some features need: found when the feature is used, with a clear error when they are not there. */
import { createRequire } from 'node:module';
import { ConfigurationError } from '../errors';

const resolver = createRequire(__filename);

/**
 * @param feature - who needs it, such as `LoggingModule`
 * @param install - packages for the install command. Default: `peer` alone
 * @throws ConfigurationError `ERR_LOG_MISSING_PEER` with the install command, if `peer` cannot be found.
 */
export function assertPeer(peer: string, feature: string, install = peer): void {
  try {
    resolver.resolve(peer);
  } catch (cause) {
    throw new ConfigurationError(
      `${feature}: the package "${peer}" is not installed; run \`npm install ${install}\`.`,
      { code: 'ERR_LOG_MISSING_PEER', cause },
    );
  }
}

/**
 * The path of a file of a package that `host` loads where it is installed, found as `host` finds it, so that it is the
 * same copy; undefined where it is not installed.
 */
export function resolveBeside(host: string, file: string): string | undefined {
  return resolveFrom(resolver.resolve(host), file);
}

/** The path of a package, or of a file of it, as the file `from` finds it; undefined where it is not installed. */
export function resolveFrom(from: string, file: string): string | undefined {
  try {
    return createRequire(from).resolve(file);
  } catch {
    // Not installed, or a release without this file: for the caller both mean that there is nothing to load.
    return undefined;
  }
}

/**
 * The package itself, loaded when it is first needed; the caller states what it uses of it.
 *
 * @throws ConfigurationError as `assertPeer`; what the package throws while it loads is thrown as it is.
 */
export function loadPeer(peer: string, feature: string, install = peer): unknown {
  assertPeer(peer, feature, install);
  return resolver(peer) as unknown;
}
