import { describe, expect, it } from 'vitest';
import { Formatter, JsonFormatter, PrettyFormatter } from '../../lib/formatters';
import { wholeMs } from '../../lib/internal/whole-ms';
import { some } from '../support/some';

describe('wholeMs', () => {
  it.each([
    [20.9995, 20_999],
    [20.9999, 20_999],
    [20.000_99, 20_000],
    [1_709_194_500.123, 1_709_194_500_123],
    [1_709_194_500.999_7, 1_709_194_500_999],
    [-0.5, -500],
  ])('of %d s are %d', (seconds, ms) => {
    expect(wholeMs(seconds)).toBe(ms);
  });

  it('are those that a Date gave', () => {
    for (let ms = 1_709_194_500_000; ms < 1_709_194_502_000; ms++) expect(wholeMs(ms / 1000)).toBe(ms);
  });

  it.each([20.9995, 20.9999, 1_709_194_500.999_7, 1_709_194_500.999_999])(
    'are the same in each format, in their own second: %d',
    (created) => {
      const record = some.record({ created });
      const iso = (JSON.parse(new JsonFormatter().format(record)) as { time: string }).time;
      const [date = '', ms = ''] = iso.slice(0, -1).replace('T', ' ').split('.');

      expect(new Formatter('%(asctime)s', { utc: true }).format(record)).toBe(`${date},${ms}`);
      expect(new PrettyFormatter({ colors: false, utc: true }).format(record)).toContain(
        `${date.slice(11)}.${ms}`,
      );
    },
  );
});
