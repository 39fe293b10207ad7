import { describe, expect, it } from 'vitest';
import { FormatError } from '../../lib/errors';
import { parseFieldPath, readFieldPath } from '../../lib/python-format/brace-field';

const FIELDS: Readonly<Record<string, unknown>> = {
  user: { id: 7, tags: ['a', 'b'] },
  list: ['a', 'b'],
  text: '😀x',
  map: new Map<unknown, unknown>([
    ['k', 'by text'],
    [5, 'by number'],
  ]),
  n: 5,
  created: 1,
  args: [1],
};

function read(expression: string): ReturnType<typeof readFieldPath> {
  return readFieldPath(parseFieldPath(expression), (name) => FIELDS[name]);
}

describe('parseFieldPath', () => {
  it('splits a name from the steps into its value', () => {
    expect(parseFieldPath('args[0].id')).toEqual({
      name: 'args',
      steps: [
        { key: '0', index: true },
        { key: 'id', index: false },
      ],
      failure: undefined,
    });
  });

  it.each([
    ['a[0', "Missing ']' in format string"],
    ['a[0]b', "Only '.' or '[' may follow ']' in format field specifier"],
    ['a.', 'Empty attribute in format string'],
    ['a[]', 'Empty attribute in format string'],
    ['', 'Replacement index 0 out of range for positional args tuple'],
    ['12.x', 'Replacement index 12 out of range for positional args tuple'],
  ])('keeps what is wrong with %j until it is read', (expression, message) => {
    const path = parseFieldPath(expression);

    expect(path.failure).toBe(message);
    expect(() => readFieldPath(path, () => 'never read')).toThrow(new FormatError(message));
  });
});

describe('readFieldPath', () => {
  it.each<[string, unknown]>([
    ['n', 5],
    ['user.id', 7],
    ['user[id]', 7],
    ['user.tags[1]', 'b'],
    ['list[0]', 'a'],
    ['text[0]', '😀'],
    ['map[k]', 'by text'],
    ['map[5]', 'by number'],
  ])('follows %s', (expression, value) => {
    expect(read(expression).value).toBe(value);
  });

  it.each([
    ['list[5]', 'list index out of range'],
    ['args[5]', 'tuple index out of range'],
    ['text[5]', 'string index out of range'],
    ['list[x]', 'list indices must be integers or slices, not str'],
    ['text[x]', "string indices must be integers, not 'str'"],
    ['n.x', "'int' object has no attribute 'x'"],
    ['n[x]', "'int' object is not subscriptable"],
    ['user.nope', "'dict' object has no attribute 'nope'"],
    ['user[nope]', "Formatting field not found in record: 'nope'"],
  ])('says why %s leads nowhere', (expression, message) => {
    expect(() => read(expression)).toThrow(new FormatError(message));
  });

  it.each(['user.constructor', 'user[__proto__]', 'list.length', 'text.length', 'map.size', 'n.toFixed'])(
    'does not reach %s, which is no property of its own',
    (expression) => {
      expect(() => read(expression)).toThrow(FormatError);
    },
  );

  it('knows what a field is in Python, and no more of what is in it', () => {
    expect(read('created').kind).toBe('float');
    expect(read('args').kind).toBe('tuple');
    expect(read('args[0]').kind).toBeUndefined();
  });
});
