/** Loads packages that only some features need, when the feature is used, with a clear error if they are missing. */
import { createRequire } from 'node:module';
import { ConfigurationError } from '../errors';

const resolver = createRequire(__filename);

/**
 * @param feature - the feature that needs it, such as `LoggingModule`
 * @param install - packages of the install command; by default only `peer`
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
 * The path of a file of another package, resolved from `host`, so that it is the same copy that `host` loads. Undefined
 * if it
 * is not installed.
 */
export function resolveBeside(host: string, file: string): string | undefined {
  return resolveFrom(resolver.resolve(host), file);
}

/** The path of a package, or of a file in it, resolved from the file `from`. Undefined if it is not installed. */
export function resolveFrom(from: string, file: string): string | undefined {
  try {
    return createRequire(from).resolve(file);
  } catch {
    // Not installed, or a version without this file.
    return undefined;
  }
}

/**
 * Loads the package. The caller casts it to the members that it uses.
 *
 * @throws ConfigurationError as `assertPeer`, or the error of the package while it loads.
 */
export function loadPeer(peer: string, feature: string, install = peer): unknown {
  assertPeer(peer, feature, install);
  return resolver(peer) as unknown;
}
