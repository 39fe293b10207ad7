import { format } from 'node:util';
import { describe, expect, it } from 'vitest';
import { closeTemplate, countTaken, renderMessage, type MessageParts } from '../../lib/core/message-text';

function parts(message: unknown, shown: readonly unknown[], more: Partial<MessageParts> = {}): MessageParts {
  const isTemplate = typeof message === 'string';
  const taken = isTemplate ? countTaken(message, shown) : 0;
  return {
    message,
    isTemplate,
    source: undefined,
    shown,
    taken,
    mapping: undefined,
    error: undefined,
    ...more,
  };
}

describe('countTaken', () => {
  it.each<[string, readonly unknown[], number]>([
    ['plain', ['a'], 0],
    ['%s', [], 0],
    ['%s %s', ['a'], 1],
    ['%s', ['a', 'b'], 1],
    ['%%s %s', ['a'], 1],
    ['%x %', ['a'], 0],
    ['%d %i %f', [{ a: 1 }], 0],
    ['%d %j', [{ a: 1 }, 5], 1],
    ['%c%c', ['color: red', 5], 1],
    ['%d', [null], 1],
  ])('of %j and %j is %d', (template, args, taken) => {
    expect(countTaken(template, args)).toBe(taken);
  });
});

describe('closeTemplate', () => {
  it.each<[string, readonly unknown[], string]>([
    ['%s', ['a'], '%s'],
    ['%s of %s', ['a'], '%s of %%s'],
    ['%s %%s %d%', ['a'], '%s %%s %%d%'],
    ['%d', [{ a: 1 }], '%d'],
  ])('escapes the placeholders of %j that %j leaves open', (template, args, closed) => {
    expect(closeTemplate(template, args)).toBe(closed);
    expect(format(closed, ...args)).toBe(format(template, ...args));
  });
});

describe('renderMessage', () => {
  it('replaces each value that is printed, after the placeholders have taken them', () => {
    const censor = (value: unknown): unknown => (typeof value === 'object' ? '[censored]' : value);

    expect(renderMessage(parts('%d of %s', [1, { a: 1 }, [2], 'x']), censor)).toBe(
      '1 of [censored] [censored] x',
    );
    expect(renderMessage(parts({ a: 1 }, [{ b: 1 }, 'x']), censor)).toBe('[censored] [censored] x');
  });

  it('reads the text of an object from what the object is replaced by', () => {
    const source = { fields: { message: 'secret' }, key: 'message' };

    expect(
      renderMessage(parts('secret', [], { isTemplate: false, source }), () => ({ message: 'shown' })),
    ).toBe('shown');
  });

  it('prints the Error of the record by its replacement', () => {
    const error = new Error('card 4111');
    const shown = parts('failed: %s', [error], { error });

    expect(renderMessage(shown, () => new Error('card ***'))).toBe('failed: Error: card ***');
    expect(renderMessage(shown, () => '[Redacted]')).toBe('failed: [Redacted]');
  });
});
