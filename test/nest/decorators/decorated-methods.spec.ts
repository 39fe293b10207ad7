import 'reflect-metadata';
import { describe, expect, it } from 'vitest';
import { currentScope, runInScope, type LogScope, type LogScopeOptions } from '../../../lib/logging';
import { decorateClass, decorateMethod } from '../../../lib/nest/decorators/decorated-methods';
import { setRouteOptions } from '../../../lib/nest/decorators/route-options';

class Till {
  static open(): LogScope | undefined {
    return currentScope();
  }

  readonly drawer = 7;

  pay(amount: number, _tip = 0): [number, LogScope | undefined] {
    return [this.drawer + amount, currentScope()];
  }
}

function decorated(
  options: LogScopeOptions = {},
): (this: unknown, amount: number) => [number, LogScope | undefined] {
  const descriptor = Object.getOwnPropertyDescriptor(Till.prototype, 'pay') ?? {};
  decorateMethod(Till.prototype, 'pay', descriptor, options);
  return descriptor.value as ReturnType<typeof decorated>;
}

describe('decorateMethod', () => {
  it('keeps this, the arguments and the result', () => {
    expect(decorated().call(new Till(), 5)[0]).toBe(12);
  });

  it('keeps the name, the length and all metadata', () => {
    Reflect.defineMetadata('path', '/pay', Till.prototype.pay);
    Reflect.defineMetadata(Symbol.for('roles'), ['clerk'], Till.prototype.pay);

    const wrapper = decorated();

    expect([wrapper.name, wrapper.length]).toEqual(['pay', 1]);
    expect(Reflect.getMetadata('path', wrapper)).toBe('/pay');
    expect(Reflect.getMetadata(Symbol.for('roles'), wrapper)).toEqual(['clerk']);
  });

  it('opens a scope for each call, inside the one around it', () => {
    const pay = decorated();

    const [outer, first, second] = runInScope({ fields: { requestId: 'r-1' } }, () => [
      currentScope(),
      pay.call(new Till(), 1)[1],
      pay.call(new Till(), 1)[1],
    ]);

    expect(new Set([outer?.id, first?.id, second?.id]).size).toBe(3);
    expect(first?.fields).toEqual({ requestId: 'r-1' });
  });

  it('inherits the options of the scope around it, except sample and slowMs', () => {
    const pay = decorated({ capacity: 7 });

    const scope = runInScope(
      { flushLevel: 'WARNING', sample: 1, slowMs: 5000 },
      () => pay.call(new Till(), 1)[1],
    );

    expect(scope?.options).toMatchObject({ flushLevel: 30, capacity: 7, sample: 0, slowMs: 0 });
  });

  it("runs in the scope of the request if it is the route's handler", () => {
    const pay = decorated();

    runInScope({}, () => {
      const request = currentScope();
      if (request !== undefined) request.routeHandler = pay;
      expect(pay.call(new Till(), 1)[1]).toBe(request);
    });
  });

  it('decorates static methods', () => {
    const descriptor = Object.getOwnPropertyDescriptor(Till, 'open') ?? {};

    decorateMethod(Till, 'open', descriptor, {});

    expect((descriptor.value as typeof Till.open)()?.kind).toBe('call');
  });

  it('throws for something that is not a method', () => {
    expect(() => decorateMethod(Till.prototype, 'total', { get: () => 1 }, {})).toThrow(
      '@LogIfErrors: Till.total is not a method.',
    );
  });
});

function scopeTitle(): string | undefined {
  return currentScope()?.title;
}

describe('decorateClass', () => {
  it('wraps every method of a class without routes, but no accessors and fields', () => {
    class Mill {
      readonly kind = scopeTitle();

      get state(): string | undefined {
        return scopeTitle();
      }

      grind(): string | undefined {
        return scopeTitle();
      }
    }
    decorateClass(Mill, {});
    const mill = new Mill();

    expect([mill.kind, mill.state, mill.grind()]).toEqual([undefined, undefined, 'Mill.grind']);
    expect(Object.keys(mill)).toEqual(['kind']);
  });

  it('wraps the inherited method of a timer only for the class itself', () => {
    class Base {
      tick(): string | undefined {
        return scopeTitle();
      }

      rest(): string | undefined {
        return scopeTitle();
      }
    }
    Reflect.defineMetadata('SCHEDULER_TYPE', 1, Base.prototype.tick);
    class Clock extends Base {}
    decorateClass(Clock, {});

    expect([new Clock().tick(), new Clock().rest(), new Base().tick()]).toEqual([
      'Clock.tick',
      undefined,
      undefined,
    ]);
  });

  it('does not wrap a method that the base class has wrapped', () => {
    class Base {
      tick(): string | undefined {
        return scopeTitle();
      }
    }
    Reflect.defineMetadata('SCHEDULER_TYPE', 1, Base.prototype.tick);
    setRouteOptions(Base, {});
    decorateClass(Base, {});
    class Clock extends Base {}
    decorateClass(Clock, {});

    expect(Object.hasOwn(Clock.prototype, 'tick')).toBe(false);
    expect(new Clock().tick()).toBe('Base.tick');
  });

  it("does not wrap a method with NoLogIfErrors, and lets a method's options override the class's", () => {
    class Mill {
      grind(): number | undefined {
        return currentScope()?.options.capacity;
      }

      stop(): string | undefined {
        return scopeTitle();
      }
    }
    setRouteOptions(Mill.prototype.grind, { capacity: 7 });
    setRouteOptions(Mill.prototype.stop, false);
    decorateClass(Mill, { capacity: 9, lingerMs: 5 });

    expect([new Mill().grind(), new Mill().stop()]).toEqual([7, undefined]);
  });

  it.each(['path', 'microservices:pattern', 'websockets:message_mapping', 'graphql:resolver_type'])(
    'wraps only listeners and timers of a class whose methods have the metadata %s',
    (key) => {
      class Shop {
        route(): string | undefined {
          return scopeTitle();
        }

        listen(): string | undefined {
          return scopeTitle();
        }

        assist(): string | undefined {
          return scopeTitle();
        }
      }
      Reflect.defineMetadata(key, 'x', Shop.prototype.route);
      Reflect.defineMetadata('EVENT_LISTENER_METADATA', [], Shop.prototype.listen);
      decorateClass(Shop, {});
      const shop = new Shop();

      expect([shop.route(), shop.listen(), shop.assist()]).toEqual([undefined, 'Shop.listen', undefined]);
    },
  );
});
