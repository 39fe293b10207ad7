import 'reflect-metadata';
import { describe, expect, it } from 'vitest';
import { currentScope } from '../../lib/logging';
import { decorateClass } from '../../lib/nest/decorated-class';
import { setRouteOptions } from '../../lib/nest/log-if-errors.metadata';

function scopeTitle(): string | undefined {
  return currentScope()?.title;
}

describe('decorateClass', () => {
  it('wraps every method of a class without routes, and leaves accessors and fields', () => {
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

  it('wraps the inherited method of a timer for the class alone', () => {
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

  it('does not wrap again what the inherited class has wrapped', () => {
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

  it('leaves a method that opted out, and puts the own options of a method before those of the class', () => {
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
