import { describe, expect, it } from 'vitest';
import { makeLayout, pickJson } from '../../../lib/formatters/json/json-fields';

describe('makeLayout', () => {
  it.each([
    ['time'],
    ['levelno'],
    ['exc_info'],
    ['requestId'],
    ['error'],
    ['error.stack'],
    ['error.code'],
    ['error.cause.message'],
    ['extra.order.id'],
    ['context.tenant'],
  ])('knows the field %s', (field) => {
    expect(makeLayout({ fields: { key: field } }, '').fields).toHaveLength(1);
  });

  it.each([
    ['lvl', 'unknown field "lvl"; known are '],
    ['levelName', 'unknown field "levelName", did you mean "levelname"?'],
    ['orderId', 'A key of "extra" is "extra.orderId", an id of the scope "context.orderId".'],
    ['asctime', 'unknown field "asctime"'],
    ['error.stak', 'unknown field "error.stak", did you mean "error.stack"?'],
    ['error.', 'unknown field "error."'],
    ['eror.stack', 'did you mean "error.stack"?'],
    ['extra', 'unknown field "extra"'],
    ['extra.a..b', 'unknown field "extra.a..b"'],
    ['message.text', 'unknown field "message.text"'],
    ['__proto__', 'unknown field "__proto__"'],
    ['', 'unknown field ""'],
  ])('refuses the field %j', (field, sentence) => {
    expect(() => makeLayout({ fields: { key: field } }, '')).toThrow(sentence);
    expect(() => makeLayout({ fields: [field] }, '')).toThrow('JsonFormatter: "fields" has an unknown field');
  });

  it.each<[unknown, string]>([
    ['time', '"fields" must be a list of fields, or an object of keys and fields.'],
    [12, '"fields" must be a list of fields'],
    [[12], '"fields" must name a field for "12", got number.'],
    [{ a: undefined }, '"fields" must name a field for "a", got undefined.'],
    [['time', 'level', 'time'], '"fields" names "time" twice.'],
    [{ 'extra.level': 'time' }, '"fields" must not have the key "extra.level"'],
  ])('refuses %j as fields', (fields, sentence) => {
    expect(() => makeLayout({ fields }, '')).toThrow(sentence);
  });

  it.each(['level', 'error', 'hindsight', 'extra.level', 'context.x'])(
    'refuses the key %s in base',
    (key) => {
      expect(() => makeLayout({ base: { [key]: 1 } }, '')).toThrow(
        `JsonFormatter: "base" must not have the key "${key}", which the line has already.`,
      );
    },
  );

  it.each([0, -1, Number.NaN, 1.5, Infinity, '16k', null, 100, 600])(
    'refuses %j as maxLineBytes',
    (value) => {
      expect(() => makeLayout({ maxLineBytes: value }, '')).toThrow(
        /^JsonFormatter: "maxLineBytes" must be an integer of at least 6\d\d, which a line .* got /,
      );
    },
  );

  it('asks for more bytes for a long base', () => {
    const base = `,"a":"${'x'.repeat(1000)}"`;

    expect(() => makeLayout({ maxLineBytes: 1000 }, base)).toThrow(
      '"maxLineBytes" must be an integer of at least 1',
    );
    expect(makeLayout({ maxLineBytes: 2000 }, base).maxBytes).toBe(1999);
  });
});

describe('pickJson', () => {
  it('finds what stands at a path', () => {
    const json = '{"a":{"b":[1,{"c":"\\u202e"}]}}';

    expect(pickJson(json, [])).toBe(json);
    expect(pickJson(json, ['a', 'b', '0'])).toBe('1');
    expect(pickJson(json, ['a', 'b', '1'])).toBe('{"c":"\\u202e"}');
  });

  it.each([[['x']], [['a', 'x']], [['a', 'b', 'c']], [['constructor']], [['a', 'b', 'length', 'x']]])(
    'finds nothing at %j',
    (path) => {
      expect(pickJson('{"a":{"b":null}}', path)).toBeUndefined();
    },
  );
});
