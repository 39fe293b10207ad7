import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  adjustLoggers,
  configuredHandlers,
  configureLoggers,
  flushFiles,
  presentHandlers,
  replaceHandlers,
  settleOthers,
} from '../../lib/config/loggers';
import type { ConfigPlan, LoggerPlan } from '../../lib/config/reader';
import {
  DEBUG,
  ERROR,
  FileHandler,
  Filter,
  getHandlerByName,
  Handler,
  INFO,
  Manager,
  MemoryHandler,
  NOTSET,
  NullHandler,
  WARNING,
} from '../../lib/logging';
import { some } from '../support/some';
import { tempDir } from '../support/temp-dir';

function logger(name: string, plan: Partial<LoggerPlan> = {}): LoggerPlan {
  return { name, level: undefined, propagate: undefined, handlers: [], filters: [], ...plan };
}

function plan(loggers: readonly LoggerPlan[], rest: Partial<ConfigPlan> = {}): ConfigPlan {
  return {
    incremental: false,
    disableExisting: undefined,
    handlerLevels: new Map(),
    handlerNames: [],
    loggers,
    root: undefined,
    createHandlers: () => new Map(),
    ...rest,
  };
}

describe('configureLoggers', () => {
  it('replaces handlers and adds filters', () => {
    const tree = new Manager();
    const [old, fresh, first, second] = [
      new NullHandler(),
      new NullHandler(),
      new Filter('a'),
      new Filter('b'),
    ];
    const shop = tree.getLogger('shop');
    shop.addHandler(old);
    shop.addFilter(first);

    const handlers = new Map([['h', fresh]]);
    configureLoggers(
      tree,
      plan([logger('shop', { handlers: ['h'], filters: [second], level: ERROR })]),
      handlers,
    );

    expect(shop).toMatchObject({
      handlers: [fresh],
      filters: [first, second],
      level: ERROR,
      propagate: true,
    });
  });

  it('leaves a root that is not mentioned', () => {
    const tree = new Manager();
    const own = new NullHandler();
    tree.root.addHandler(own);

    configureLoggers(tree, plan([]), new Map());
    expect(tree.root).toMatchObject({ handlers: [own], level: WARNING });

    configureLoggers(tree, plan([], { root: logger('root', { level: DEBUG }) }), new Map());
    expect(tree.root).toMatchObject({ handlers: [], level: DEBUG, propagate: true });
  });

  it('disables the loggers that exist unless told otherwise', () => {
    const tree = new Manager();
    const [known, other] = [tree.getLogger('known'), tree.getLogger('other')];

    configureLoggers(tree, plan([logger('known')]), new Map());
    expect([known.disabled, other.disabled]).toEqual([false, true]);

    configureLoggers(tree, plan([logger('other')], { disableExisting: false }), new Map());
    expect([known.disabled, other.disabled]).toEqual([false, false]);
  });
});

describe('settleOthers', () => {
  it('resets a logger below a mentioned one instead', () => {
    const tree = new Manager();
    const child = tree.getLogger('shop.orders');
    child.setLevel(ERROR);
    child.propagate = false;
    child.addHandler(new NullHandler());

    settleOthers(tree, ['shop'], true);

    expect(child).toMatchObject({ level: NOTSET, propagate: true, handlers: [], disabled: false });
  });
});

describe('adjustLoggers', () => {
  it('changes levels and propagate, and enables', () => {
    const tree = new Manager();
    const own = new NullHandler();
    const shop = tree.getLogger('shop');
    shop.addHandler(own);
    shop.disabled = true;

    adjustLoggers(
      tree,
      plan([logger('shop', { level: INFO, propagate: false }), logger('')], {
        root: logger('root', { level: ERROR }),
      }),
    );

    expect(shop).toMatchObject({ level: INFO, propagate: false, handlers: [own], disabled: false });
    expect(tree.root.level).toBe(ERROR);
  });
});

describe('presentHandlers', () => {
  it('finds the handlers of all loggers, and those behind them', () => {
    const tree = new Manager();
    const target = new NullHandler();
    const memory = new MemoryHandler(3, { target });
    tree.getLogger('a').addHandler(memory);
    const listened = new NullHandler();
    const queue = Object.assign(new NullHandler(), { listener: { handlers: [listened] } });
    tree.root.addHandler(queue);

    expect(presentHandlers(tree)).toEqual(new Set([queue, listened, memory, target]));
  });
});

describe('replaceHandlers', () => {
  it('closes what nothing leads to any more, newest first', () => {
    const tree = new Manager();
    const closed: string[] = [];
    class Closing extends Handler {
      override close(): void {
        closed.push(this.name ?? '');
        void super.close();
      }
    }
    const [a, b, kept] = ['a', 'b', 'kept'].map((name) => new Closing({ name })) as [
      Closing,
      Closing,
      Closing,
    ];
    const memory = new MemoryHandler(3, { target: kept });
    for (const handler of [a, b, memory]) tree.root.addHandler(handler);
    const before = presentHandlers(tree);
    tree.root.handlers = [memory];

    replaceHandlers(tree, before, new Map());

    expect(closed).toEqual(['b', 'a']);
    expect(kept.closed).toBe(false);
  });

  it('remembers what a configuration made, by tree, and names it', () => {
    const [tree, other] = [new Manager(), new Manager()];
    const handler = new NullHandler();

    replaceHandlers(tree, new Set(), new Map([['mine', handler]]));

    expect(getHandlerByName('mine')).toBe(handler);
    expect([...configuredHandlers(tree).values()]).toEqual([handler]);
    expect(configuredHandlers(other).size).toBe(0);

    replaceHandlers(tree, presentHandlers(tree), new Map());
    expect(handler.closed).toBe(true);
  });

  it('closes handlers of disabled loggers only if a configuration made them', () => {
    const tree = new Manager();
    const [configured, own] = [new NullHandler(), new NullHandler()];
    replaceHandlers(tree, new Set(), new Map([['configured', configured]]));
    tree.getLogger('a').addHandler(configured);
    tree.getLogger('a').addHandler(own);
    tree.getLogger('a').disabled = true;

    replaceHandlers(tree, presentHandlers(tree), new Map());

    expect([configured.closed, own.closed]).toEqual([true, false]);
  });
});

describe('flushFiles', () => {
  it('writes what waits in buffers, and leaves what is held in memory', () => {
    const filename = join(tempDir(), 'app.log');
    const file = new FileHandler(filename, { buffer: { bytes: 1000, intervalMs: 60_000 } });
    const memory = new MemoryHandler(10, { target: new NullHandler() });
    for (const handler of [file, memory]) handler.handle(some.record({ message: 'waits' }));

    flushFiles([file, memory]);

    expect(readFileSync(filename, 'utf8')).toBe('waits\n');
    expect(memory.buffer.length).toBe(1);
    void file.close();
  });
});
