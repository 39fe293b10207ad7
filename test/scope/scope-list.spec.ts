/** Lists of scopes: who is in them, how much they hold, and when a kept scope ends. */
import { describe, expect, it } from 'vitest';
import { contextStorage } from '../../lib/core/record-context';
import { KeptList, leaveList, ListedScope, ScopeList, type KeptLimits } from '../../lib/scope/scope-list';
import { until } from '../support/until';
import { scopeTree } from './scope-tree';

class Listed extends ListedScope {
  readonly name: string;
  #held: number;

  constructor(name: string, held = 0) {
    super();
    this.name = name;
    this.#held = held;
  }

  get held(): number {
    return this.#held;
  }

  /** Takes in records, or gives them away. */
  take(count: number): void {
    this.#held += count;
    if (this.list !== undefined) this.list.records += count;
  }
}

const MINUTE = 60_000;

function names(list: ScopeList<Listed>): string[] {
  return list.toArray().map(({ name }) => name);
}

function keptList(limits: Partial<KeptLimits> = {}) {
  const ended: string[] = [];
  const list = new KeptList<Listed>({ scopes: 10, records: 10, ...limits }, ({ name }) => ended.push(name));
  return { list, ended };
}

describe('ScopeList', () => {
  it('lists its scopes in the order in which they came, also after some have left', () => {
    const list = new ScopeList<Listed>();
    const scopes = ['a', 'b', 'c', 'd', 'e'].map((name) => new Listed(name));
    for (const scope of scopes) list.add(scope);
    for (const at of [0, 2, 4]) leaveList(scopes[at] as Listed);
    list.add(new Listed('f'));

    expect(names(list)).toEqual(['b', 'd', 'f']);
    expect(list.size).toBe(3);
  });

  it('knows how many records its scopes hold together', () => {
    const list = new ScopeList<Listed>();
    const [a, b] = [new Listed('a', 2), new Listed('b', 3)];
    list.add(a);
    list.add(b);
    b.take(4);
    expect(list.records).toBe(9);
    leaveList(b);
    b.take(100);

    expect(list.records).toBe(2);
  });

  it('gives a scope away that enters another list, with its records', () => {
    const [first, second] = [new ScopeList<Listed>(), new ScopeList<Listed>()];
    const scope = new Listed('a', 2);
    first.add(scope);
    second.add(scope);
    scope.take(1);

    expect([names(first), names(second)]).toEqual([[], ['a']]);
    expect([first.records, second.records]).toEqual([0, 3]);
  });

  it('lets a scope leave that is in no list', () => {
    const scope = new Listed('a', 2);
    const total = { records: 2 };
    scope.list = total;
    leaveList(scope);
    scope.take(1);
    leaveList(scope);

    expect(total.records).toBe(2);
    expect(scope.list).toBeUndefined();
  });
});

describe('KeptList', () => {
  it('ends a scope when its time is over, also one that came later with a shorter time', async () => {
    const { list, ended } = keptList();
    list.keep(new Listed('long'), MINUTE);
    list.keep(new Listed('short'), 5);

    await until(() => ended.length > 0);
    expect(ended).toEqual(['short']);
    expect(names(list)).toEqual(['long']);
  });

  it('ends the scopes in the order of their times', async () => {
    const { list, ended } = keptList();
    for (const [name, ms] of [
      ['c', 30],
      ['a', 1],
      ['b', 15],
    ] as const)
      list.keep(new Listed(name), ms);

    await until(() => ended.length === 3);
    expect(ended).toEqual(['a', 'b', 'c']);
  });

  it('ends the oldest when there are too many', () => {
    const { list, ended } = keptList({ scopes: 2 });
    for (const name of ['a', 'b', 'c']) list.keep(new Listed(name), MINUTE);

    expect(ended).toEqual(['a']);
    expect(names(list)).toEqual(['b', 'c']);
  });

  it('ends the oldest when its scopes have taken in too much', () => {
    const { list, ended } = keptList({ records: 10 });
    const [a, b] = [new Listed('a', 6), new Listed('b', 4)];
    list.keep(a, MINUTE);
    list.keep(b, MINUTE);
    b.take(3);
    b.take(-3);
    list.shrink();
    expect(ended).toEqual([]);

    b.take(1);
    list.shrink();
    expect(ended).toEqual(['a']);
    expect(list.records).toBe(5);
  });

  it('leaves a scope alone that has entered another list', async () => {
    const [first, second] = [keptList(), keptList()];
    const scope = new Listed('a', 2);
    first.list.keep(scope, 5);
    second.list.keep(scope, MINUTE);
    first.list.keep(new Listed('next'), 10);

    await until(() => first.ended.length > 0);
    expect(first.ended).toEqual(['next']);
    expect([first.list.records, second.list.records]).toEqual([0, 2]);
  });

  it('keeps none of the scopes that left before their time', () => {
    const { list, ended } = keptList({ scopes: 10_000 });
    for (let i = 0; i < 5000; i++) {
      const scope = new Listed(String(i));
      list.keep(scope, MINUTE);
      leaveList(scope);
    }

    expect([list.size, names(list), ended]).toEqual([0, [], []]);
  });

  it('ends scopes outside of the scope that happened to start its timer', async () => {
    const contexts: unknown[] = [];
    const list = new KeptList<Listed>({ scopes: 10, records: 10 }, () => {
      contexts.push(contextStorage.getStore());
    });
    const tree = scopeTree();
    tree.run({}, () => list.keep(new Listed('a'), 1));

    await until(() => contexts.length > 0);
    expect(contexts).toEqual([undefined]);
  });
});
