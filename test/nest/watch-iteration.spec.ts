import { Readable } from 'node:stream';
import { describe, expect, it, vi } from 'vitest';
import { currentScope, type LogScope } from '../../lib/logging';
import { isAsyncIteration, watchIteration } from '../../lib/nest/watch-iteration';
import { compileScopeOptions } from '../../lib/scope/scope-options';
import { openCallScope } from '../../lib/scope/run-in-scope';

const broken = new Error('broken on purpose');

function scopeOfCall(): LogScope {
  return openCallScope({ options: compileScopeOptions({}) });
}

async function* count(to: number): AsyncGenerator<number | undefined, string> {
  for (let i = 0; i < to; i++) yield i;
  return 'all';
}

describe('isAsyncIteration', () => {
  it('knows an async generator from what is only iterable', () => {
    expect(isAsyncIteration(count(1))).toBe(true);
    expect([Readable.from([]), [1], Promise.resolve(), null, 'text'].map(isAsyncIteration)).toEqual(
      Array(5).fill(false),
    );
  });
});

describe('watchIteration', () => {
  it('hands on every value, and ends once', async () => {
    const end = vi.fn<() => void>();
    const seen: unknown[] = [];

    const iteration = watchIteration(count(3), scopeOfCall(), end);
    for await (const value of iteration) seen.push(value);

    expect(seen).toEqual([0, 1, 2]);
    expect(end).toHaveBeenCalledOnce();
  });

  it('runs each step in the scope', async () => {
    const scope = scopeOfCall();
    async function* scopes(): AsyncGenerator {
      yield currentScope();
      await Promise.resolve();
      yield currentScope();
    }
    const seen: unknown[] = [];

    for await (const value of watchIteration(scopes(), scope)) seen.push(value);

    expect(seen.map((value) => value === scope)).toEqual([true, true]);
  });

  it('marks the Error in the scope and passes it on', async () => {
    const scope = scopeOfCall();
    const end = vi.fn<() => void>();
    async function* failing(): AsyncGenerator<number> {
      yield 1;
      throw broken;
    }
    const iteration = watchIteration(failing(), scope, end);

    await iteration.next();
    await expect(iteration.next()).rejects.toBe(broken);

    expect(scope.error).toBe(broken);
    expect(end).toHaveBeenCalledOnce();
  });

  it('ends when the reader stops early', async () => {
    const end = vi.fn<() => void>();

    for await (const value of watchIteration(count(3), scopeOfCall(), end)) if (value === 0) break;

    expect(end).toHaveBeenCalledOnce();
  });

  it('stands in for return and throw where the iterator has none', async () => {
    const bare = { next: async () => ({ done: false, value: 1 }), [Symbol.asyncIterator]: () => bare };
    const iteration = watchIteration(bare, scopeOfCall());

    expect(await iteration.return?.('enough')).toEqual({ done: true, value: 'enough' });
    await expect(iteration.throw?.(broken)).rejects.toBe(broken);
  });
});
