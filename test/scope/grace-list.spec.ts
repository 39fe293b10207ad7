import { describe, expect, it } from 'vitest';
import { GraceList } from '../../lib/scope/grace-list';
import { HeldCount } from '../../lib/scope/held-count';
import { until } from '../support/until';

interface Kept {
  readonly name: string;
  readonly count: HeldCount;
}

const MINUTE = 60_000;

function listOf(limits: { readonly scopes: number; readonly records: number }) {
  const ended: string[] = [];
  const list = new GraceList<Kept>(limits, ({ name }) => ended.push(name));
  return { list, ended };
}

function kept(name: string, held = 0): Kept {
  const count = new HeldCount();
  count.add(held);
  return { name, count };
}

/** Takes the counts of a test back out of those of the process. */
function forget(...scopes: readonly Kept[]): void {
  for (const { count } of scopes) {
    count.leave();
    count.add(-count.held);
  }
}

describe('GraceList', () => {
  it('ends a scope when its time is over, also one added later with a shorter time', async () => {
    const { list, ended } = listOf({ scopes: 10, records: 10 });
    const long = kept('long');
    list.add(long, MINUTE);
    list.add(kept('short'), 5);

    await until(() => ended.length > 0);
    expect(ended).toEqual(['short']);
    expect(list.size).toBe(1);
    forget(long);
  });

  it('ends the oldest when there are too many', () => {
    const { list, ended } = listOf({ scopes: 2, records: 10 });
    const scopes = ['a', 'b', 'c'].map((name) => kept(name));
    for (const scope of scopes) list.add(scope, MINUTE);

    expect(ended).toEqual(['a']);
    forget(...scopes);
  });

  it('counts the records that a kept scope takes in and gives away', () => {
    const { list, ended } = listOf({ scopes: 10, records: 10 });
    const [a, b] = [kept('a', 6), kept('b', 4)];
    list.add(a, MINUTE);
    list.add(b, MINUTE);
    b.count.add(3);
    b.count.add(-3);
    list.shrink();
    expect(ended).toEqual([]);

    b.count.add(1);
    list.shrink();
    expect(ended).toEqual(['a']);
    expect(list.records).toBe(5);
    forget(a, b);
  });

  it('leaves a scope alone that has gone to another list', async () => {
    const first = listOf({ scopes: 10, records: 10 });
    const second = listOf({ scopes: 10, records: 10 });
    const scope = kept('a', 2);
    first.list.add(scope, 5);
    second.list.add(scope, MINUTE);
    first.list.add(kept('next'), 10);

    await until(() => first.ended.length > 0);
    expect(first.ended).toEqual(['next']);
    expect([first.list.records, second.list.records]).toEqual([0, 2]);
    forget(scope);
  });

  it('does not keep thousands of scopes that left before their time', () => {
    const { list, ended } = listOf({ scopes: 10_000, records: 10 });
    for (let i = 0; i < 5000; i++) {
      const scope = kept(String(i));
      list.add(scope, MINUTE);
      scope.count.leave();
    }

    expect(list.size).toBe(0);
    expect(ended).toEqual([]);
  });
});
