import { describe, expect, it } from 'vitest';
import type { ConfigPlan, LoggerPlan } from '../../lib/config/config-plan';
import { adjustLoggers, configureLoggers, settleOthers } from '../../lib/config/configure-loggers';
import { DEBUG, ERROR, Filter, INFO, Manager, NOTSET, NullHandler, WARNING } from '../../lib/logging';

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
