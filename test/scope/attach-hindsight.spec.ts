/** Putting a HindsightHandler on a logger once, and opening a logger that would record nothing. */
import { describe, expect, it } from 'vitest';
import { diagnostics } from '../../lib/core/diagnostics';
import { DEBUG, INFO, WARNING } from '../../lib/core/level';
import { Manager } from '../../lib/core/manager';
import { attachHindsight, openForContext } from '../../lib/scope/attach-hindsight';
import { logIfErrors } from '../../lib/scope/log-if-errors';
import { runInScope } from '../../lib/scope/call';
import { CollectingHandler } from '../../lib/testing';

describe('attachHindsight', () => {
  it('puts one handler for a target on a logger, however often it is called', () => {
    const { root } = new Manager();
    const target = new CollectingHandler();
    const handler = attachHindsight(root, target);

    expect(attachHindsight(root, target)).toBe(handler);
    expect(root.handlers).toEqual([handler]);
    expect(handler.target).toBe(target);
  });

  it('puts another one for another target', () => {
    const { root } = new Manager();
    attachHindsight(root, new CollectingHandler());
    attachHindsight(root, new CollectingHandler());

    expect(root.handlers).toHaveLength(2);
  });

  it.each(['logIfErrors first', 'requests first'])(
    'writes nothing twice when both use one target: %s',
    (order) => {
      const manager = new Manager();
      manager.root.setLevel(DEBUG);
      const target = new CollectingHandler();
      if (order === 'requests first') attachHindsight(manager.root, target);
      const call = logIfErrors(manager.root, { target })(() => {
        manager.root.debug('context');
        manager.root.info('info');
        throw new Error('boom');
      });
      attachHindsight(manager.root, target);
      runInScope({ manager }, () => expect(call).toThrow('boom'));

      expect(target.messages.toSorted()).toEqual(['call failed', 'context', 'info']);
    },
  );
});

describe('openForContext', () => {
  it('sets a root that nobody configured to DEBUG', () => {
    const { root } = new Manager();
    attachHindsight(root, new CollectingHandler());
    openForContext(root, INFO);

    expect(root.level).toBe(DEBUG);
  });

  it('leaves a level that was set on purpose, and reports when nothing is left to hold', () => {
    const { root } = new Manager();
    root.setLevel(WARNING);
    const before = diagnostics.count('request logs');
    openForContext(root, INFO);

    expect(root.level).toBe(WARNING);
    expect(diagnostics.count('request logs')).toBe(before + 1);
  });

  it('is content with a level below the pass-through level', () => {
    const manager = new Manager();
    const logger = manager.getLogger('shop');
    logger.setLevel(DEBUG);
    const before = diagnostics.count('request logs');
    openForContext(logger, INFO);

    expect(logger.level).toBe(DEBUG);
    expect(diagnostics.count('request logs')).toBe(before);
  });

  it('leaves a root that has handlers of its own', () => {
    const { root } = new Manager();
    root.addHandler(new CollectingHandler());
    attachHindsight(root, new CollectingHandler());
    openForContext(root, INFO);

    expect(root.level).toBe(WARNING);
  });
});
