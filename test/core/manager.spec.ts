import { afterEach, describe, expect, it } from 'vitest';
import { CRITICAL, DEBUG, ERROR, NOTSET, WARNING } from '../../lib/core/level';
import {
  captureWarnings,
  defaultManager,
  disable,
  getLogger,
  Manager,
  nearestLogger,
  receivedName,
} from '../../lib/core/manager';
import { CollectingHandler } from '../../lib/testing';
import { runChild } from '../support/child';

describe('RootLogger', () => {
  it('is at WARNING and has no parent', () => {
    expect(new Manager().root).toMatchObject({ name: 'root', level: WARNING, parent: undefined });
  });

  it('knows whether its level was set explicitly', () => {
    const { root } = new Manager();
    expect(root.levelWasSet).toBe(false);

    root.setLevel(WARNING);

    expect(root.levelWasSet).toBe(true);
  });

  it('knows it of an assigned level too', () => {
    const { root } = new Manager();

    root.level = DEBUG;

    expect(root.levelWasSet).toBe(true);
  });

  it("prints as Python's repr does", () => {
    expect(String(new Manager().root)).toBe('<RootLogger root (WARNING)>');
  });
});

afterEach(() => disable(NOTSET));

describe('Manager', () => {
  it('returns the same logger for the same name', () => {
    const manager = new Manager();

    expect(manager.getLogger('a.b')).toBe(manager.getLogger('a.b'));
  });

  it.each([undefined, '', 'root'])('returns the root for %j', (name) => {
    const manager = new Manager();

    expect(manager.getLogger(name)).toBe(manager.root);
  });

  it.each([5, {}, true, null])('refuses the name %o', (name) => {
    expect(() => new Manager().getLogger(name as never)).toThrow(
      /^getLogger: a logger name must be a string, got /,
    );
  });

  it('puts a later logger between its parent and its children', () => {
    const manager = new Manager();
    const grandchild = manager.getLogger('a.b.c');
    const sibling = manager.getLogger('a.bc');
    expect(grandchild.parent).toBe(manager.root);

    const top = manager.getLogger('a');
    const middle = manager.getLogger('a.b');

    expect([grandchild.parent, middle.parent, sibling.parent, top.parent]).toEqual([
      middle,
      top,
      top,
      manager.root,
    ]);
  });

  it.each([
    ['a..b', 'a'],
    ['a', 'a..b'],
  ])('skips the first of two dots in a row, as CPython: %s, %s', (...names) => {
    const manager = new Manager();
    for (const name of names) manager.getLogger(name);

    expect(manager.getLogger('a..b').parent).toBe(manager.root);
    expect(manager.getLogger('a..b.c').parent).toBe(manager.getLogger('a..b'));
  });

  it('adopts earlier loggers below a name with which "root" begins', () => {
    const manager = new Manager();
    const child = manager.getLogger('r.x');

    expect(child.parent).toBe(manager.root);
    expect(manager.getLogger('r')).toBe(child.parent);
  });

  it('gives a logger the level of a parent that is created later', () => {
    const manager = new Manager();
    const child = manager.getLogger('a.b');

    manager.getLogger('a').setLevel(DEBUG);

    expect(child.isEnabledFor(DEBUG)).toBe(true);
  });

  it('is separate from every other tree', () => {
    const one = new Manager();
    const other = new Manager();
    one.root.setLevel(ERROR);
    one.disable = CRITICAL;

    expect(one.getLogger('a')).not.toBe(other.getLogger('a'));
    expect([other.root.level, other.disable, other.isDefault]).toEqual([WARNING, NOTSET, false]);
  });

  it('has children that are loggers, one part longer', () => {
    const manager = new Manager();
    const [a, b] = [manager.getLogger('a'), manager.getLogger('b')];
    manager.getLogger('a.x');
    manager.getLogger('c.deep');

    expect(manager.childrenOf(manager.root)).toEqual(new Set([a, b]));
  });

  it('drops records at or below its disable level only', () => {
    const manager = new Manager();
    const logger = manager.getLogger('a');
    logger.setLevel(DEBUG);

    manager.disable = 'WARNING';

    expect([WARNING, WARNING + 1].map((level) => logger.isEnabledFor(level))).toEqual([false, true]);
    expect(manager.getLogger('made later').isEnabledFor(WARNING)).toBe(false);
  });

  it('refuses an invalid disable level', () => {
    expect(() => (new Manager().disable = 'loud')).toThrow("Unknown level: 'loud'");
  });
});

describe('disable', () => {
  it('drops everything up to CRITICAL by default, until NOTSET undoes it', () => {
    const logger = getLogger('disabled');

    disable();
    expect([logger.isEnabledFor(CRITICAL), logger.isEnabledFor(CRITICAL + 1)]).toEqual([false, true]);

    disable(NOTSET);
    expect(logger.isEnabledFor(CRITICAL)).toBe(true);
  });
});

describe('getLogger', () => {
  it("belongs to the process's tree", () => {
    expect(getLogger('x').manager).toBe(defaultManager);
    expect([defaultManager.isDefault, getLogger()]).toEqual([true, defaultManager.root]);
  });
});

describe('receivedName', () => {
  const levels = (count: number): string => Array.from({ length: count }, () => 'a').join('.');

  it.each([[''], ['shop.orders'], ['x'.repeat(256)], [levels(32)], ['a..b'], [`${'é'.repeat(100)}.b`]])(
    'leaves %s as it is',
    (name) => {
      expect(receivedName(name)).toBe(name);
    },
  );

  it.each([
    ['257 characters', 'x'.repeat(257), `${'x'.repeat(255)}…`],
    ['33 levels', levels(33), `${levels(32)}…`],
    ['dots only', '.'.repeat(16_384), `${'.'.repeat(31)}…`],
  ])('cuts %s', (_what, name, cut) => {
    expect(receivedName(name)).toBe(cut);
  });
});

describe('nearestLogger', () => {
  it('finds a logger of exactly that name, however long it is', () => {
    const manager = new Manager();
    const own = manager.getLogger(`shop.${'x'.repeat(300)}`);

    expect(nearestLogger(manager, own.name)).toBe(own);
  });

  it('finds the logger above a name of 16 KiB at once', () => {
    const manager = new Manager();
    const shop = manager.getLogger('shop');
    const name = `shop${'.x'.repeat(8192)}`;
    const before = process.cpuUsage();
    for (let i = 0; i < 100; i++) expect(nearestLogger(manager, name)).toBe(shop);

    // 100 times 59 ms, when each level was looked up.
    expect(process.cpuUsage(before).user / 1000).toBeLessThan(500);
  });
});

const logger = getLogger('node.warnings');
const seen = new CollectingHandler();

afterEach(() => {
  captureWarnings(false);
  logger.removeHandler(seen);
  seen.clear();
});

describe('captureWarnings', { timeout: 30_000 }, () => {
  it('logs process warnings to node.warnings at WARNING, with their stack', () => {
    logger.addHandler(seen);
    captureWarnings(true);
    const warning = Object.assign(new Error('old api'), { name: 'DeprecationWarning' });

    process.emit('warning', warning);

    expect(seen.records).toMatchObject([{ name: 'node.warnings', levelno: WARNING, excInfo: warning }]);
    expect(seen.messages).toEqual(['DeprecationWarning: old api']);
  });

  it('logs each once, even if it is enabled twice', () => {
    logger.addHandler(seen);
    captureWarnings(true);
    captureWarnings(true);

    process.emit('warning', new Error('x'));

    expect(seen.records).toHaveLength(1);
  });

  it('leaves no listener when it is disabled', () => {
    const before = process.listenerCount('warning');
    captureWarnings(true);
    captureWarnings(false);
    captureWarnings(false);

    expect(process.listenerCount('warning')).toBe(before);
  });

  it('does not print a warning a second time when nobody handles the logger', async () => {
    const { stderr } = await runChild(
      `lib('core/manager').captureWarnings(true);
       process.emitWarning('old api', 'CustomWarning');`,
    );

    expect(stderr.match(/old api/g)).toHaveLength(1);
  });
});
