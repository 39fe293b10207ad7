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

  it('calls back once, after the turn, for any number of requests', async () => {
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

  it('calls back again when requested in another turn', async () => {
    let calls = 0;
    const turn = new EndOfTurn(() => calls++);

    for (let at = 0; at < 3; at++) {
      turn.comesSoon();
      await nextTurn();
    }

    expect(calls).toBe(3);
  });

  it('calls back while a test uses fake timers', async () => {
    vi.useFakeTimers();
    let calls = 0;
    new EndOfTurn(() => calls++).comesSoon();

    await nextTurn();

    expect(calls).toBe(1);
  });

  describe('after beforeExit', () => {
    const PROGRAM = `
      const { EndOfTurn } = lib('internal/end-of-turn');
      let calls = 0;
      const turn = new EndOfTurn(() => calls++);
      process.on('exit', () => process.stdout.write(String(calls)));
    `;

    it('does not keep the process alive', async () => {
      const { stdout } = await runChild(`${PROGRAM}process.on('beforeExit', () => turn.comesSoon());`);

      expect(stdout).toBe('0');
    });

    it('does not keep the process alive for an earlier listener', async () => {
      const { stdout } = await runChild(
        `${PROGRAM}process.prependListener('beforeExit', () => turn.comesSoon());`,
      );

      expect(stdout).toBe('1');
    });

    it('still calls back within a moment', async () => {
      const { stdout } = await runChild(`${PROGRAM}
        process.once('beforeExit', () => {
          // Of a loop that waits for a minute.
          setTimeout(() => {}, 60_000);
          new EndOfTurn(() => { calls++; process.exit(); }).comesSoon();
        });`);

      expect(stdout).toBe('1');
    });
  });

  it('returns false once in 50 ms of a long turn', () => {
    const turn = new EndOfTurn(() => undefined);
    turn.comesSoon();

    work(60);
    expect(turn.comesSoon()).toBe(false);
    expect(turn.comesSoon()).toBe(true);
    work(60);
    expect(turn.comesSoon()).toBe(false);
  });
});
