import { describe, expect, it } from 'vitest';
import { forward } from '../../lib/internal/earlier-copies';

class Counter {
  readonly unit = 'ms';
  #count = 0;

  get count(): number {
    return this.#count;
  }
  set count(count: number) {
    this.#count = count;
  }

  add(by: number): number {
    return (this.#count += by);
  }
}

class Named extends Counter {
  describe(): string {
    return `${this.constructor.name} ${this.count} ${this.unit}`;
  }
}

describe('forward', () => {
  it('has one object read, change and call another one, inherited members included', () => {
    const [from, to] = [new Named(), new Named()];
    forward(from, to);
    from.count = 2;

    expect(from.add(3)).toBe(5);
    expect([to.count, from.count, from.describe()]).toEqual([5, 5, 'Named 5 ms']);
  });

  it('keeps the class of the object', () => {
    class Earlier {}
    const from = new Earlier();
    forward(from, new Named());

    expect(from).toBeInstanceOf(Earlier);
    expect(Reflect.get(from, 'unit')).toBe('ms');
  });
});
