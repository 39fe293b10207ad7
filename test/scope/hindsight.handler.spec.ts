/** HindsightHandler: outside a scope, over its target, and with a dump too large for one turn. */
import { describe, expect, it } from 'vitest';
import { Handler } from '../../lib/core/handler';
import { DEBUG, INFO } from '../../lib/core/level';
import type { LogRecord } from '../../lib/core/log-record';
import { ConfigurationError } from '../../lib/errors';
import { HindsightHandler } from '../../lib/scope/hindsight.handler';
import { CollectingHandler, handlerContract, ThrowingHandler } from '../../lib/testing';
import { some } from '../support/some';
import { until } from '../support/until';
import { scopeTree } from './scope-tree';

/** A target of a user's own, whose `handle` throws out of turn. */
class RudeTarget extends Handler {
  readonly got: string[] = [];

  override handle(record: LogRecord): LogRecord {
    if (record.getMessage() === 'bad') throw new Error('target failed');
    this.got.push(record.getMessage());
    return record;
  }
}

describe('HindsightHandler', () => {
  const seen = new CollectingHandler();
  const subject = {
    create(options: { readonly level?: string | number }) {
      seen.clear();
      return new HindsightHandler(seen, { ...options, passThroughLevel: null });
    },
    read: () => seen.messages,
    usesFormatter: false,
  };
  for (const { title, run } of handlerContract('HindsightHandler', subject)) it(title, run);

  it('refuses a target that is no handler', () => {
    expect(() => new HindsightHandler({} as Handler)).toThrow(ConfigurationError);
    expect(() => new HindsightHandler(undefined as unknown as Handler)).toThrow('"target"');
  });

  it('writes outside a scope what is at the pass-through level', () => {
    const tree = scopeTree();
    tree.log.debug('below');
    tree.log.info('at');

    expect(tree.messages).toEqual(['at']);
  });

  it('takes another level, or null for all', () => {
    const warnings = scopeTree({ hindsight: { passThroughLevel: 'WARNING' } });
    warnings.log.info('below');
    warnings.log.warning('at');
    const all = scopeTree({ hindsight: { passThroughLevel: null } });
    all.log.debug('all');

    expect([...warnings.messages, ...all.messages]).toEqual(['at', 'all']);
  });

  it('respects the level and the filters of the target, and its own', () => {
    const tree = scopeTree();
    tree.target.setLevel('WARNING');
    tree.target.addFilter((record) => !record.getMessage().includes('secret'));
    tree.handler.addFilter((record) => !record.getMessage().includes('noise'));
    for (const message of ['secret', 'noise', 'wanted']) tree.log.warning(message);
    tree.log.info('below the target');

    expect(tree.messages).toEqual(['wanted']);
  });

  it('drops the record at which its own filter throws, and reports it', () => {
    const failures: unknown[] = [];
    const tree = scopeTree();
    tree.handler.handleError = (_record, error) => void failures.push(error);
    tree.handler.addFilter(() => {
      throw new Error('filter failed');
    });
    tree.log.error('x');

    expect(tree.messages).toEqual([]);
    expect(failures).toEqual([new Error('filter failed')]);
  });

  it('lets a filter replace what is held', () => {
    const tree = scopeTree();
    tree.handler.addFilter((record) => {
      const copy = record.clone();
      copy.msg = `[${String(record.msg)}]`;
      return copy;
    });
    tree.run({}, () => {
      tree.log.debug('context');
      tree.log.error('trigger');
    });

    expect(tree.messages).toEqual(['[context]', '[trigger]']);
  });

  it('goes on when the target throws out of handle', () => {
    const target = new RudeTarget();
    const tree = scopeTree();
    tree.manager.root.removeHandler(tree.handler);
    tree.addTarget(target);
    tree.run({}, () => {
      for (const message of ['one', 'bad', 'three', 'four', 'five']) tree.log.debug(message);
      tree.log.error('trigger');
      tree.log.info('bad');
      tree.log.info('after');
    });

    expect(target.got).toEqual(['one', 'three', 'four', 'five', 'trigger', 'after']);
  });

  it('delivers to a target beside one that throws', () => {
    const tree = scopeTree();
    const throwing = new ThrowingHandler();
    tree.addTarget(throwing);
    tree.run({}, () => {
      tree.log.debug('context');
      tree.log.error('trigger');
    });

    expect(tree.messages).toEqual(['context', 'trigger']);
    expect(throwing.failures).toHaveLength(2);
  });

  it('acts in its own scopes only when told to', () => {
    const tree = scopeTree({ hindsight: { ownScopesOnly: true, passThroughLevel: INFO } });
    tree.log.error('outside');
    tree.run({}, () => tree.log.error("in somebody else's"));

    expect(tree.messages).toEqual([]);
  });

  describe('with a dump of more than a turn', () => {
    const count = 12_000;

    function dumpMany(tree: ReturnType<typeof scopeTree>): void {
      tree.run({ capacity: 20_000 }, () => {
        for (let i = 1; i <= count; i++) tree.log.debug('%d', i);
        tree.log.error('trigger');
        tree.log.info('behind');
      });
    }
    const all = [...Array.from({ length: count }, (_, i) => String(i + 1)), 'trigger', 'behind'];

    it('writes it in turns, in order, and what follows behind it', async () => {
      const tree = scopeTree();
      dumpMany(tree);

      expect(tree.messages.length).toBeGreaterThan(0);
      expect(tree.messages.length).toBeLessThan(count);
      await until(() => tree.messages.length === all.length);
      expect(tree.messages).toEqual(all);
    });

    it('writes at once what other work and no work logs', () => {
      const tree = scopeTree();
      dumpMany(tree);
      const before = tree.messages.length;
      tree.run({}, () => tree.log.info('of another request'));
      tree.log.info('outside');

      expect(tree.messages.slice(before)).toEqual(['of another request', 'outside']);
    });

    it('writes at once what a scope that was open before logs', () => {
      const tree = scopeTree();
      const scope = tree.open();
      tree.runIn(scope, () => tree.log.debug('held'));
      dumpMany(tree);
      const before = tree.messages.length;
      tree.runIn(scope, () => tree.log.warning('passed'));
      scope.settle();

      expect(tree.messages.slice(before)).toEqual(['passed']);
    });

    it('keeps what an inner scope logs behind the dump of the work around it', async () => {
      const tree = scopeTree();
      tree.run({ capacity: 20_000 }, () => {
        for (let i = 1; i <= count; i++) tree.log.debug('%d', i);
        tree.log.error('trigger');
        tree.run({}, () => tree.log.info('behind'));
      });

      await until(() => tree.messages.length === all.length);
      expect(tree.messages).toEqual(all);
    });

    it('writes a small dump of another request before the rest of a large one', async () => {
      const tree = scopeTree();
      dumpMany(tree);
      tree.run({}, () => {
        tree.log.debug('context');
        tree.log.error('failed');
      });

      await until(() => tree.messages.includes('failed'));
      expect(tree.messages.length).toBeLessThan(count);
      await until(() => tree.messages.length === all.length + 2);
      expect(tree.messages.filter((message) => message === 'context' || message === 'failed')).toEqual([
        'context',
        'failed',
      ]);
    });

    it('writes the rest when it is flushed', () => {
      const tree = scopeTree();
      dumpMany(tree);
      void tree.handler.flush();

      expect(tree.messages).toEqual(all);
    });

    it('writes the rest when it is closed, and leaves the target open', () => {
      const tree = scopeTree();
      dumpMany(tree);
      void tree.handler.close();

      expect(tree.messages).toEqual(all);
      expect(tree.target.closed).toBe(false);
    });

    it('starts anew in the next turn', async () => {
      const tree = scopeTree();
      dumpMany(tree);
      await until(() => tree.messages.length === all.length);
      tree.target.clear();
      dumpMany(tree);
      await until(() => tree.messages.length === all.length);

      expect(tree.messages).toEqual(all);
    });
  });

  it('describes itself by its target', () => {
    expect(new HindsightHandler(new CollectingHandler({ name: 'seen' })).describe()).toContain(
      'CollectingHandler seen',
    );
  });

  it('takes a record that was not logged in a scope', () => {
    const target = new CollectingHandler();
    const handler = new HindsightHandler(target);
    handler.handle(some.record({ levelno: DEBUG }));
    handler.handle(some.record({ levelno: INFO, message: 'x' }));

    expect(target.messages).toEqual(['x']);
  });
});
