/** Calls that fail in great numbers, for the specs of the limits on dumps. */
import type { RunInScopeOptions } from '../../lib/scope/call';
import type { ScopeTree } from './scope-tree';

export class Timeout extends Error {}

/** One failing call with two held records. */
export function fail(
  tree: ScopeTree,
  error: unknown = new Timeout('late'),
  options: RunInScopeOptions = {},
): void {
  try {
    tree.run(options, () => {
      tree.log.debug('first');
      tree.log.debug('second');
      throw error;
    });
  } catch {
    // The failure is the point.
  }
}

export function times(count: number, work: (index: number) => void): void {
  for (let i = 0; i < count; i++) work(i);
}
