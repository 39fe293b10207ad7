import { afterEach, describe, expect, it } from 'vitest';
import { unwrapAll, wrapMethod, wrappedMethods } from '../../../lib/nest/hooks/wrap-method';

/** A new class for each test: a prototype is wrapped once. */
function greeterClass() {
  return class Greeter {
    constructor(readonly name: string) {}

    greet(greeting: string): string {
      return `${greeting} ${this.name}`;
    }

    missing?(): void;
  };
}

type Greeter = InstanceType<ReturnType<typeof greeterClass>>;

function wrapGreet(target: Greeter): boolean {
  return wrapMethod(target, 'greet', (original, self, args) => `<${original.apply(self, args)}>`);
}

afterEach(unwrapAll);

describe('wrapMethod', () => {
  it('passes the original, this and the arguments', () => {
    const Greeter = greeterClass();

    expect(wrapGreet(Greeter.prototype)).toBe(true);

    expect(new Greeter('Ada').greet('Hello')).toBe('<Hello Ada>');
  });

  it('wraps a method once, however often it is called', () => {
    const Greeter = greeterClass();
    wrapGreet(Greeter.prototype);
    const { greet } = Greeter.prototype;

    expect(wrapGreet(Greeter.prototype)).toBe(true);

    expect(Greeter.prototype.greet).toBe(greet);
  });

  it('wraps the same method of each object', () => {
    const Greeter = greeterClass();
    const [wrapped, other] = [new Greeter('Ada'), new Greeter('Ada')];

    wrapGreet(wrapped);

    expect([wrapped.greet('Hello'), other.greet('Hello')]).toEqual(['<Hello Ada>', 'Hello Ada']);
  });

  it('returns false and adds nothing if there is no such method', () => {
    const Greeter = greeterClass();

    expect(wrapMethod(Greeter.prototype, 'missing', () => {})).toBe(false);

    expect(Object.getOwnPropertyNames(Greeter.prototype)).toEqual(['constructor', 'greet']);
    expect(wrappedMethods()).toEqual([]);
  });
});

describe('wrappedMethods', () => {
  it('lists the class, the method and the original of each wrapped method', () => {
    const { prototype } = greeterClass();
    const original = prototype.greet;

    wrapGreet(prototype);

    expect(wrappedMethods()).toEqual([
      expect.objectContaining({ className: 'Greeter', methodName: 'greet', original }),
    ]);
  });
});

describe('unwrapAll', () => {
  it('restores the original property', () => {
    const { prototype } = greeterClass();
    const before = Object.getOwnPropertyDescriptors(prototype);
    wrapGreet(prototype);

    unwrapAll();

    expect(Object.getOwnPropertyDescriptors(prototype)).toEqual(before);
    expect(wrappedMethods()).toEqual([]);
  });

  it('removes the own method of an object that had inherited the method', () => {
    const greeter = new (greeterClass())('Ada');
    wrapGreet(greeter);

    unwrapAll();

    expect(Object.keys(greeter)).toEqual(['name']);
  });

  it('keeps another wrapper around ours, which then only calls the original', () => {
    const Greeter = greeterClass();
    const { prototype } = Greeter;
    wrapGreet(prototype);
    const { greet } = prototype;
    const theirs = function (this: Greeter, greeting: string): string {
      return `[${greet.call(this, greeting)}]`;
    };
    prototype.greet = theirs;

    unwrapAll();

    expect(prototype.greet).toBe(theirs);
    expect(new Greeter('Ada').greet('Hello')).toBe('[Hello Ada]');
  });

  it('allows the method to be wrapped again', () => {
    const Greeter = greeterClass();
    wrapGreet(Greeter.prototype);
    unwrapAll();

    wrapGreet(Greeter.prototype);

    expect(new Greeter('Ada').greet('Hello')).toBe('<Hello Ada>');
  });
});
