/** The keys that belong to a stream, all of its hash slot: a Redis cluster runs scripts and transactions in one slot only. */
import { ConfigurationError } from '../../errors';

/** What a cluster makes the slot of, where the name has it; else it takes the whole name. */
const HASH_TAG = /^[^{]*\{[^}]+\}/;

/**
 * The key for `what` beside the stream: `{logs}:aside` for `logs`, and `a{b}c:aside` for `a{b}c`.
 *
 * @throws ConfigurationError for a name to which there is no such key.
 */
export function keyBeside(owner: string, stream: string, what: string): string {
  if (HASH_TAG.test(stream)) return `${stream}:${what}`;
  if (!stream.includes('}')) return `{${stream}}:${what}`;
  throw new ConfigurationError(
    `${owner}: "stream" must have no "}" but at the end of a hash tag such as {logs}, got ${JSON.stringify(stream)}.`,
  );
}
