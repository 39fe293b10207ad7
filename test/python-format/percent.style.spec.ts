import { describe, expect, it } from 'vitest';
import { FormatError } from '../../lib/errors';
import { formatPair, PercentStyle, scanConversion } from '../../lib/python-format/percent.style';

const FIELDS: Readonly<Record<string, unknown>> = { a: 'x', n: 7, 'with space': 'y' };

function render(fmt: string): string {
  return new PercentStyle(fmt).render((name) => FIELDS[name]);
}

describe('PercentStyle', () => {
  it('is the message alone by default', () => {
    expect(new PercentStyle('').fmt).toBe('%(message)s');
  });

  it.each([
    ['%(a)s', 'x'],
    ['[%(a)-3s] %(n)03d\n', '[x  ] 007\n'],
    ['100%% of %%(a)s', '100% of %(a)s'],
    ['%(with space)s', 'y'],
    ['no field', 'no field'],
  ])('renders %j', (fmt, text) => {
    expect(render(fmt)).toBe(text);
  });

  it.each([
    ['%(a)s 100%', 'incomplete format'],
    ['%(a)s %s', 'not enough arguments for format string'],
    ['%(n)s %(a)d', '%d format: a real number is required, not str'],
  ])('fails on %j when it is rendered', (fmt, message) => {
    expect(() => render(fmt)).toThrow(new FormatError(message));
  });

  it('lists the fields that it reads', () => {
    expect([...new PercentStyle('%(a)s %(b)d %%(c)s %(a)r').fields]).toEqual(['a', 'b']);
  });

  it.each([
    ['%(asctime)s', true],
    ['%(asctime)30s', true],
    ['asctime %(message)s', false],
  ])('%s asks for the time: %s', (fmt, asks) => {
    expect(new PercentStyle(fmt).usesTime()).toBe(asks);
  });

  it('passes each field with its name to the guard', () => {
    const style = new PercentStyle('\n%(a)s');

    expect(
      style.render(
        (name) => FIELDS[name],
        (shown, name) => `<${name}=${shown}>`,
      ),
    ).toBe('\n<a=x>');
  });

  it.each(['text', '%s', '%(a)', '%(a b)s', '{a}', "it's"])('refuses %j, which has no field', (fmt) => {
    const quoted = fmt.includes("'") ? `"${fmt}"` : `'${fmt}'`;

    expect(() => new PercentStyle(fmt).validate()).toThrow(
      expect.objectContaining({
        message: `Invalid format ${quoted} for '%' style`,
        code: 'ERR_LOG_FORMAT_STRING',
      }),
    );
  });

  it('accepts a format with one valid field, as Python does', () => {
    expect(() => new PercentStyle('%q %(a)5.2f').validate()).not.toThrow();
  });

  it('is checked in linear time, even with many zeros before a width', () => {
    const start = performance.now();

    expect(() => new PercentStyle(`%(a)${'0'.repeat(50_000)}z`).validate()).toThrow('Invalid format');
    expect(performance.now() - start).toBeLessThan(500);
  });

  it.each(['%(a)05d', '%(a)-05.2f', '%(a)+00d', '%(a)0*d'])('takes the flags of %s', (fmt) => {
    expect(() => new PercentStyle(fmt).validate()).not.toThrow();
  });
});

describe('scanConversion', () => {
  it.each([
    ['%(a)s tail', 'a', '%(a)s'],
    ['%(a)-8.3s tail', 'a', '%(a)-8.3s'],
    ['%(a)ld tail', 'a', '%(a)ld'],
    ['%(a(b))s)', 'a(b)', '%(a(b))s'],
    ['%()s', '', '%()s'],
  ])('reads %j up to its conversion', (fmt, name, whole) => {
    const scanner = scanConversion(fmt, 1);

    expect([scanner.name, fmt.slice(0, scanner.end), scanner.failed]).toEqual([name, whole, false]);
  });

  it.each([
    ['%(a)s', 'x'],
    ['%(a)3s|', '  x'],
    ['%(n)03d', '007'],
    ['%(created)s', '1.0'],
  ])('renders %s', (fmt, text) => {
    const fields: Readonly<Record<string, unknown>> = { a: 'x', n: 7, created: 1 };

    expect(scanConversion(fmt, 1).piece.render((name) => fields[name])).toBe(text);
  });

  it.each(['%(a)s', '%(a)5s'])('names the field of %s', (fmt) => {
    expect(scanConversion(fmt, 1).piece.name).toBe('a');
  });

  it.each([
    ['%(a', 'incomplete format key'],
    ['%(a)', 'incomplete format'],
    ['%(a)5', 'incomplete format'],
    ['%(a)y', "unsupported format character 'y' (0x79) at index 4"],
    ['%(a)*d', '* wants int'],
    ['%(a).*f', '* wants int'],
    ['%s', 'not enough arguments for format string'],
  ])('fails for %j only when it is rendered', (fmt, message) => {
    const scanner = scanConversion(fmt, 1);

    expect(scanner.failed).toBe(true);
    expect(() => scanner.piece.render(() => 'x')).toThrow(new FormatError(message));
  });
});

describe('formatPair', () => {
  it.each([
    ['%s,%03d', 7, '10:00,007'],
    ['%s,%03d', 999.9, '10:00,999'],
    ['%s,%03d', -5, '10:00,-05'],
    ['%s.%03dZ', 7, '10:00.007Z'],
    ['%s%%%d', 7, '10:00%7'],
    ['%-7s|%07.2f', 7, '10:00  |0007.00'],
    ['%s %s', 7, '10:00 7.0'],
    ['%.2s%ld', 7, '107'],
  ])('renders %j with %d', (pattern, number, text) => {
    expect(formatPair(pattern, '10:00', number)).toBe(text);
  });

  it.each([
    ['%s', 'not all arguments converted during string formatting'],
    ['%%', 'not all arguments converted during string formatting'],
    ['%s %d %d', 'not enough arguments for format string'],
    ['%d %d', '%d format: a real number is required, not str'],
  ])('refuses %j, which does not take a text and a number', (pattern, message) => {
    expect(() => formatPair(pattern, '10:00', 7)).toThrow(new FormatError(message));
  });

  it.each(['%99999s,%d', '%s,%.99999f'])('refuses %s', (pattern) => {
    expect(() => formatPair(pattern, 'time', 7)).toThrow('must be at most 5000, got 99999');
  });
});
