import { describe, expect, it } from 'vitest';
import { FormatError } from '../../lib/errors';
import { BraceStyle } from '../../lib/python-format/brace.style';

const FIELDS: Readonly<Record<string, unknown>> = { a: 'é', n: 7, w: 5, user: { id: 7 }, created: 1 };

function render(fmt: string): string {
  return new BraceStyle(fmt).render((name) => FIELDS[name]);
}

describe('BraceStyle', () => {
  it('is the message alone by default', () => {
    expect(new BraceStyle('').fmt).toBe('{message}');
  });

  it.each([
    ['{a}', 'é'],
    ['{{{a}}}', '{é}'],
    ['{a!r}', "'é'"],
    ['{a!a}', "'\\xe9'"],
    ['{n!s:>3}', '  7'],
    ['{n:03}', '007'],
    ['{n:{w}}', '    7'],
    ['{n:0{w}d}|', '00007|'],
    ['{user.id}', '7'],
    ['{created}', '1.0'],
    ['{created!r:>5}', '  1.0'],
  ])('renders %s', (fmt, text) => {
    expect(render(fmt)).toBe(text);
  });

  it.each([
    ['{a}{', "Single '{' encountered in format string"],
    ['{a!x}', 'Unknown conversion specifier x'],
    ['{n:{w:{n}}}', 'Max string recursion exceeded'],
    ['{}', 'Replacement index 0 out of range for positional args tuple'],
  ])('fails on %s when it is rendered', (fmt, message) => {
    expect(() => render(fmt)).toThrow(new FormatError(message));
  });

  it('lists the fields that it reads, including those in specs', () => {
    expect([...new BraceStyle('{user.id} {n:{w}} {n}').fields]).toEqual(['user', 'n', 'w']);
  });

  it.each([
    ['{asctime}', true],
    ['{asctime:>30}', true],
    ['{message} asctime', false],
  ])('%s asks for the time: %s', (fmt, asks) => {
    expect(new BraceStyle(fmt).usesTime()).toBe(asks);
  });

  it('passes each field with its name to the guard', () => {
    const text = new BraceStyle('{user.id}\n').render(
      (name) => FIELDS[name],
      (shown, name) => `<${name}=${shown}>`,
    );

    expect(text).toBe('<user=7>\n');
  });

  it.each([
    ['text', 'no fields'],
    ['{}', 'no fields'],
    ['{a b}', "invalid field name/expression: 'a b'"],
    ['{a!x}', "invalid conversion: 'x'"],
    ['{a:z9}', "bad specifier: 'z9'"],
    ['{a', "expected '}' before end of string"],
  ])('refuses %j as a format', (fmt, problem) => {
    expect(() => new BraceStyle(fmt).validate()).toThrow(
      expect.objectContaining({ message: `invalid format: ${problem}`, code: 'ERR_LOG_FORMAT_STRING' }),
    );
  });

  it.each(['{a}', '{a.b[0]!r:>{w}}', '{a:.{w}}', '{{{a:,.2f}}}'])('takes %s', (fmt) => {
    expect(() => new BraceStyle(fmt).validate()).not.toThrow();
  });

  it('accepts any number of fields in a spec', () => {
    const style = new BraceStyle(`{n:${'{w}'.repeat(200_000)}}`);

    expect([...style.fields]).toEqual(['n', 'w']);
  });
});
