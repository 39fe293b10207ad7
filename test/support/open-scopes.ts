/** Waits until no request or message of a tree of loggers is open. */
import type { Manager } from '../../lib/core/manager';
import { liveScopes } from '../../lib/scope/live';
import { until } from './until';

export function hasOpenScopes(tree: Manager): boolean {
  return liveScopes().some((scope) => scope.tree === tree && !scope.settled);
}

/** Resolves when no request of the tree is open and every outcome has been written. */
export async function allSettled(tree: Manager): Promise<void> {
  await until(() => !hasOpenScopes(tree), { what: 'the end of all requests' });
}
