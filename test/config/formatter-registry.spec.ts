import { describe, expect, it } from 'vitest';
import { formatterNamed } from '../../lib/config/formatter-registry';
import { some } from '../support/some';

const record = some.record({ name: 'shop', message: 'order placed', created: 0 });

describe('formatterNamed', () => {
  it('knows json, a line each', () => {
    expect(JSON.parse(formatterNamed('json').format(record))).toMatchObject({
      logger: 'shop',
      message: 'order placed',
    });
  });

  it('knows text', () => {
    expect(formatterNamed('text').format(record)).toMatch(/^\S+ \S+ INFO shop: order placed$/);
  });

  it('knows pretty', () => {
    expect(formatterNamed('pretty').format(record)).toContain('order placed');
  });

  it('takes a formatter as it is', () => {
    const own = { format: (): string => 'mine' };

    expect(formatterNamed(own)).toBe(own);
  });

  it('refuses another name', () => {
    expect(() => formatterNamed('xml' as never)).toThrow(
      `"formatter" must be one of json, pretty, text or a formatter, got 'xml'.`,
    );
  });
});
