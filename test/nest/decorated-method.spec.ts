import 'reflect-metadata';
import { describe, expect, it } from 'vitest';
import { currentScope, runInScope, type LogScope, type LogScopeOptions } from '../../lib/logging';
import { decorateMethod } from '../../lib/nest/decorated-method';

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

  it('holds a call as the scope around it is held, but for what only says which requests are written', () => {
    const pay = decorated({ capacity: 7 });

    const scope = runInScope(
      { flushLevel: 'WARNING', sample: 1, slowMs: 5000 },
      () => pay.call(new Till(), 1)[1],
    );

    expect(scope?.options).toMatchObject({ flushLevel: 30, capacity: 7, sample: 0, slowMs: 0 });
  });

  it('runs in the scope of the request that it is the route of', () => {
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

  it('refuses what is no method', () => {
    expect(() => decorateMethod(Till.prototype, 'total', { get: () => 1 }, {})).toThrow(
      '@LogIfErrors: Till.total is not a method.',
    );
  });
});
