import { describe, expect, it } from 'vitest';
import { shareTarget } from '../../lib/scope/target-share';
import { CollectingHandler } from '../../lib/testing';
import { some } from '../support/some';

describe('shareTarget', () => {
  it('is one share for each target, and shared from the second handler on', () => {
    const [target, other] = [new CollectingHandler(), new CollectingHandler()];
    const first = shareTarget(target);
    expect(first.isShared).toBe(false);

    expect(shareTarget(target)).toBe(first);
    expect(shareTarget(other)).not.toBe(first);
    expect(first.isShared).toBe(true);
    first.leave();
    expect(first.isShared).toBe(false);
  });

  it('remembers what was written only while it is shared', () => {
    const target = new CollectingHandler();
    const share = shareTarget(target);
    const [alone, together] = [some.record({ message: 'alone' }), some.record({ message: 'together' })];
    share.noteWritten(alone);
    shareTarget(target);
    share.noteWritten(together);

    expect([share.hasWritten(alone), share.hasWritten(together)]).toEqual([false, true]);
  });
});
