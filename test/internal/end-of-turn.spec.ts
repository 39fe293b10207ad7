import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { EndOfTurn } from '../../lib/internal/end-of-turn';
import { runChild } from '../support/child';

/** Keeps the turn going. */
function work(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

describe('EndOfTurn', () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  it('calls back once, after the turn, however often it was asked', async () => {
    let calls = 0;
    const turn = new EndOfTurn(() => calls++);

    expect([turn.comesSoon(), turn.comesSoon()]).toEqual([true, true]);
    await Promise.resolve();
    expect(calls).toBe(0);
    await nextTurn();
    expect(calls).toBe(1);
    await nextTurn();
    expect(calls).toBe(1);
  });

  it('calls back again when it is asked in another turn', async () => {
    let calls = 0;
    const turn = new EndOfTurn(() => calls++);

    for (let at = 0; at < 3; at++) {
      turn.comesSoon();
      await nextTurn();
    }

    expect(calls).toBe(3);
  });

  it('calls back while a test holds the timers still', async () => {
    vi.useFakeTimers();
    let calls = 0;
    new EndOfTurn(() => calls++).comesSoon();

    await nextTurn();

    expect(calls).toBe(1);
  });

  it('calls back within a moment when nothing else happens', async () => {
    const program = `
      const { EndOfTurn } = lib('internal/end-of-turn');
      // Of a loop that waits for an hour.
      setTimeout(() => {}, 3_600_000);
      const begun = performance.now();
      new EndOfTurn(() => process.exit(performance.now() - begun < 500 ? 0 : 1)).comesSoon();
    `;

    expect((await runChild(program)).code).toBe(0);
  });

  it('keeps no process alive', async () => {
    const { stdout } = await runChild(`
      const { EndOfTurn } = lib('internal/end-of-turn');
      new EndOfTurn(() => process.stdout.write('called')).comesSoon();
    `);

    expect(stdout).toBe('');
  });

  it('does not come soon, once in 50 ms of a turn that takes longer', () => {
    const turn = new EndOfTurn(() => undefined);
    turn.comesSoon();

    work(60);
    expect(turn.comesSoon()).toBe(false);
    expect(turn.comesSoon()).toBe(true);
    work(60);
    expect(turn.comesSoon()).toBe(false);
  });
});
