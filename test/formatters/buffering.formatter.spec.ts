import { describe, expect, it } from 'vitest';
import { BufferingFormatter, Formatter } from '../../lib/formatters';
import { some } from '../support/some';

class Listing extends BufferingFormatter {
  override formatHeader(records: readonly unknown[]): string {
    return `${records.length} records\n`;
  }
}

describe('BufferingFormatter', () => {
  it('puts a header before the lines', () => {
    expect(new Listing(new Formatter('%(message)s\n')).format([some.record(), some.record()])).toBe(
      '2 records\norder placed\norder placed\n',
    );
  });

  it('prints nothing for no records', () => {
    expect(new Listing().format([])).toBe('');
  });
});
