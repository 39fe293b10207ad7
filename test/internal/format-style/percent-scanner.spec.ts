import { describe, expect, it } from 'vitest';
import { FormatError } from '../../../lib/errors';
import { PercentScanner } from '../../../lib/internal/format-style/percent-scanner';

describe('PercentScanner', () => {
  it.each([
    ['%(a)s tail', 'a', '%(a)s'],
    ['%(a)-8.3s tail', 'a', '%(a)-8.3s'],
    ['%(a)ld tail', 'a', '%(a)ld'],
    ['%(a(b))s)', 'a(b)', '%(a(b))s'],
    ['%()s', '', '%()s'],
  ])('reads %j up to its conversion', (fmt, name, whole) => {
    const scanner = new PercentScanner(fmt, 1);

    expect([scanner.name, fmt.slice(0, scanner.end), scanner.failed]).toEqual([name, whole, false]);
  });

  it.each([
    ['%(a)s', 'x'],
    ['%(a)3s|', '  x'],
    ['%(n)03d', '007'],
    ['%(created)s', '1.0'],
  ])('renders %s', (fmt, text) => {
    const fields: Readonly<Record<string, unknown>> = { a: 'x', n: 7, created: 1 };

    expect(new PercentScanner(fmt, 1).piece((name) => fields[name], undefined)).toBe(text);
  });

  it.each(['%(a)s', '%(a)5s'])('guards what %s renders, under its name', (fmt) => {
    const text = new PercentScanner(fmt, 1).piece(
      () => 'x',
      (shown, name) => `${name}=${shown.trim()}`,
    );

    expect(text).toBe('a=x');
  });

  it.each([
    ['%(a', 'incomplete format key'],
    ['%(a)', 'incomplete format'],
    ['%(a)5', 'incomplete format'],
    ['%(a)y', "unsupported format character 'y' (0x79) at index 4"],
    ['%(a)*d', '* wants int'],
    ['%(a).*f', '* wants int'],
    ['%s', 'not enough arguments for format string'],
  ])('fails on %j, but not before it is rendered', (fmt, message) => {
    const scanner = new PercentScanner(fmt, 1);

    expect(scanner.failed).toBe(true);
    expect(() => scanner.piece(() => 'x', undefined)).toThrow(new FormatError(message));
  });
});
