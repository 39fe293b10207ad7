import { describe, expect, it } from 'vitest';
import { FormatError } from '../../lib/errors';
import { DollarStyle } from '../../lib/python-format/dollar.style';

const FIELDS: Readonly<Record<string, unknown>> = { a: 'x', a1: 'y', none: null, created: 1, args: [1] };

function render(fmt: string): string {
  return new DollarStyle(fmt).render((name) => FIELDS[name]);
}

describe('DollarStyle', () => {
  it('is the message alone by default', () => {
    expect(new DollarStyle('').fmt).toBe('${message}');
  });

  it.each([
    ['$a', 'x'],
    ['${a}1', 'x1'],
    ['$a1-$a.', 'y-x.'],
    ['$$a $$', '$a $'],
    ['$none $created $args', 'None 1.0 (1,)'],
    ['no field', 'no field'],
  ])('renders %s', (fmt, text) => {
    expect(render(fmt)).toBe(text);
  });

  it.each([
    ['$', 'line 1, col 1'],
    ['ab $ 5', 'line 1, col 4'],
    ['$a\n  $5', 'line 2, col 3'],
    ['a\r\n\n${}', 'line 3, col 1'],
    ['${a', 'line 1, col 1'],
  ])('reports the position of the invalid $ in %j', (fmt, place) => {
    expect(() => render(fmt)).toThrow(new FormatError(`Invalid placeholder in string: ${place}`));
  });

  it('lists the fields that it reads', () => {
    expect([...new DollarStyle('$a ${b} $$c $a').fields]).toEqual(['a', 'b']);
  });

  it.each([
    ['$asctime', true],
    ['${asctime}', true],
    ['asctime $message', false],
  ])('%s asks for the time: %s', (fmt, asks) => {
    expect(new DollarStyle(fmt).usesTime()).toBe(asks);
  });

  it('passes each field with its name to the guard', () => {
    const style = new DollarStyle('\n$a');

    expect(
      style.render(
        (name) => FIELDS[name],
        (shown, name) => `<${name}=${shown}>`,
      ),
    ).toBe('\n<a=x>');
  });

  it.each([
    ['text', 'no fields'],
    ['$$', 'no fields'],
    ['$a costs $5', "bare '$' not allowed"],
  ])('refuses %j as a format', (fmt, problem) => {
    expect(() => new DollarStyle(fmt).validate()).toThrow(
      expect.objectContaining({ message: `invalid format: ${problem}`, code: 'ERR_LOG_FORMAT_STRING' }),
    );
  });

  it('is read in linear time, whatever follows the first bare $', () => {
    const start = performance.now();
    const style = new DollarStyle('$\n'.repeat(20_000));

    expect(() => style.validate()).toThrow("bare '$' not allowed");
    expect(performance.now() - start).toBeLessThan(500);
  });
});
