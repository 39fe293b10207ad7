import { describe, expect, it } from 'vitest';
import { setAttributes } from '../../lib/config/attributes';
import { ConfigPlace } from '../../lib/config/config-place';
import { Handler, NullHandler, StreamHandler } from '../../lib/logging';

const place = new ConfigPlace('dictConfig', 'handlers.h');

class Strict extends Handler {
  get size(): number {
    return 1;
  }
  get mode(): string {
    return 'a';
  }
  set mode(_value: string) {
    throw new Error('only a');
  }
}

describe('setAttributes', () => {
  it('sets what the handler has, and what it does not have', () => {
    const handler = new StreamHandler();

    setAttributes(handler, { terminator: '!\n', foo: 'bar' }, place);

    expect(handler).toMatchObject({ terminator: '!\n', foo: 'bar' });
  });

  it('does nothing without any', () => {
    expect(() => setAttributes(new NullHandler(), null, place)).not.toThrow();
  });

  it.each(['emit', 'handle', 'constructor', 'close', 'toString'])('refuses %s, which is code', (name) => {
    const handler = new NullHandler();

    expect(() => setAttributes(handler, { [name]: () => 'mine' }, place)).toThrow(
      `dictConfig: "handlers.h.${name}": is no attribute that a configuration may set.`,
    );
    expect(Object.hasOwn(handler, name)).toBe(false);
  });

  it('refuses __proto__', () => {
    const handler = new NullHandler();
    const attributes: unknown = JSON.parse('{ "__proto__": { "polluted": true } }');

    expect(() => setAttributes(handler, attributes, place)).toThrow('"handlers.h.__proto__"');
    expect(handler).toBeInstanceOf(NullHandler);
  });

  it('says when the handler refuses', () => {
    expect(() => setAttributes(new Strict(), { size: 2 }, place)).toThrow(
      '"handlers.h.size": can only be read.',
    );
    expect(() => setAttributes(new Strict(), { mode: 'w' }, place)).toThrow('"handlers.h.mode": only a');
    expect(() => setAttributes(new Strict(), [], place)).toThrow('must be an object of attributes, got [].');
  });
});
