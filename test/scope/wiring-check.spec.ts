import { describe, expect, it } from 'vitest';
import { Manager } from '../../lib/core/manager';
import { HindsightHandler } from '../../lib/scope/hindsight.handler';
import { checkForHandler, checkForScopes, type OutsideRecords } from '../../lib/scope/wiring-check';
import { CollectingHandler } from '../../lib/testing';
import { capturedStderr } from '../support/captured-stderr';
import { runChild } from '../support/child';

describe('checkForHandler', () => {
  it('says that no logger of the tree has a HindsightHandler', () => {
    const stderr = capturedStderr();
    const manager = new Manager();
    manager.root.addHandler(new CollectingHandler());
    manager.getLogger('shop');

    checkForHandler(manager, 0);

    expect(stderr.text).toContain('20 requests or calls have ended and no logger has a HindsightHandler');
    expect(stderr.text).toContain('getLogger().addHandler(new HindsightHandler(target))');
  });

  it.each(['root', 'shop.orders'])('is silent when one is on the logger %s', (name) => {
    const stderr = capturedStderr();
    const manager = new Manager();
    manager.getLogger(name).addHandler(new HindsightHandler(new CollectingHandler()));

    checkForHandler(manager, 0);

    expect(stderr.text).toBe('');
  });

  it('is silent when records reached one by another way, such as a handler that feeds it', () => {
    const stderr = capturedStderr();

    checkForHandler(new Manager(), 1);

    expect(stderr.text).toBe('');
  });
});

describe('checkForScopes', () => {
  const fresh = (): OutsideRecords => ({ since: undefined, reported: false });

  it('says once that no scope was ever opened, when records went on for a minute', () => {
    const stderr = capturedStderr();
    const outside = fresh();

    checkForScopes(outside, 1000, 0);
    checkForScopes(outside, 1059.9, 0);
    expect(outside.reported).toBe(false);
    checkForScopes(outside, 1060, 0);
    checkForScopes(outside, 2000, 0);

    expect(outside.reported).toBe(true);
    expect(stderr.text === '' || stderr.text.match(/no scope was ever opened/g)?.length === 1).toBe(true);
  });

  it('is silent as soon as one was opened', () => {
    const outside = fresh();

    checkForScopes(outside, 1000, 0);
    checkForScopes(outside, 9000, 1);

    expect(outside.reported).toBe(false);
  });
});

describe('the wiring of a process', { timeout: 30_000 }, () => {
  const setUp = `
    const { getLogger, HindsightHandler, runInScope, StreamHandler, NullHandler } = lib('logging');
    const log = getLogger('shop');
    getLogger().setLevel('DEBUG');`;
  const calls = (count: number): string =>
    `for (let i = 0; i < ${count}; i++) runInScope({}, () => log.debug('detail'));`;

  it('is complained of at the twentieth scope that nobody holds records for', async () => {
    const early = await runChild(`${setUp} getLogger().addHandler(new NullHandler()); ${calls(19)}`);
    const late = await runChild(`${setUp} getLogger().addHandler(new NullHandler()); ${calls(100)}`);

    expect(early.stderr).toBe('');
    expect(late.stderr.match(/no logger has a HindsightHandler/g)).toHaveLength(1);
  });

  it('is fine with a HindsightHandler, though nothing may ever be written', async () => {
    const { stderr, stdout } = await runChild(
      `${setUp} getLogger().addHandler(new HindsightHandler(new StreamHandler(process.stdout))); ${calls(100)}`,
    );

    expect([stderr, stdout]).toEqual(['', '']);
  });

  it('is complained of once by a HindsightHandler that sees no scope for over a minute', async () => {
    const program = (opensOne: boolean): string =>
      `const { Manager } = lib('logging');
       const { ManualClock, CollectingHandler } = lib('testing');
       const { HindsightHandler, runInScope } = lib('logging');
       const clock = new ManualClock();
       const manager = new Manager({ clock });
       manager.root.setLevel('DEBUG');
       manager.root.addHandler(new HindsightHandler(new CollectingHandler()));
       ${opensOne ? 'runInScope({ manager }, () => {});' : ''}
       for (let i = 0; i < 10000; i++) { clock.advance(20); manager.root.debug('detail'); }`;

    const never = await runChild(program(false));
    const once = await runChild(program(true));

    expect(never.stderr.match(/no scope was ever opened/g)).toHaveLength(1);
    expect(once.stderr).toBe('');
  });
});
