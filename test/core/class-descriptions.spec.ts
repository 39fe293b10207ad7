import { describe, expect, it } from 'vitest';
import { FORMATTER_CLASSES, HANDLER_CLASSES } from '../../lib/core/class-descriptions';
import '../../lib/formatters';
import '../../lib/handlers';

const CLASSES = [...HANDLER_CLASSES, ...FORMATTER_CLASSES].map((description) => ({
  ...description,
  name: description.type.name,
}));

describe('the classes that describe themselves', () => {
  it('are there once', () => {
    const names = CLASSES.map(({ name }) => name);

    expect(names).toContain('RotatingFileHandler');
    expect(names).toContain('JsonFormatter');
    expect(new Set(names).size).toBe(names.length);
  });

  it.each(CLASSES)('have an argument or an option of a name, not both: $name', (description) => {
    const options = Object.keys(description.options);

    expect(Object.keys(description.arguments).filter((name) => options.includes(name))).toEqual([]);
  });

  it.each(CLASSES)('have defaults that their own rules accept: $name', (description) => {
    const withDefault = Object.values(description.options).filter(({ fallback }) => fallback !== undefined);
    const read = withDefault.map((rule) => rule.read(rule.fallback, description.name));

    expect(read).not.toContain(undefined);
  });
});
