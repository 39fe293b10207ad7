import { describe, expect, it } from 'vitest';
import { Formatter, JsonFormatter, PrettyFormatter } from '../../lib/formatters';
import { IsoTime, wholeMs } from '../../lib/internal/iso-time';
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

  it('are the same as those of a Date', () => {
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

describe('IsoTime', () => {
  it.each([
    [0, '1970-01-01T00:00:00.000Z'],
    [1_700_000_000.123, '2023-11-14T22:13:20.123Z'],
    [1_700_000_000.007, '2023-11-14T22:13:20.007Z'],
    [0.9996, '1970-01-01T00:00:00.999Z'],
    [0.9999999, '1970-01-01T00:00:01.000Z'],
    [-0.001, '1969-12-31T23:59:59.999Z'],
    [253_402_300_800, '+010000-01-01T00:00:00.000Z'],
  ])('writes %d seconds as %s', (created, text) => {
    expect(new IsoTime().text(created)).toBe(text);
  });

  it('writes what toISOString does, whatever it has written before', () => {
    const time = new IsoTime();
    for (const ms of [1_700_000_000_000, 1_700_000_000_999, 1_700_000_001_000, 1_699_999_999_999, 0]) {
      expect(time.text(ms / 1000)).toBe(new Date(ms).toISOString());
    }
  });

  it('adds its prefix and suffix', () => {
    const time = new IsoTime({ prefix: '{"time":"', suffix: '",' });

    expect(time.text(0.5)).toBe('{"time":"1970-01-01T00:00:00.500Z",');
    expect(time.text(Number.NaN)).toBe('{"time":"Invalid Date",');
  });

  it.each([1e18, Infinity, Number.NaN])(
    'writes %d as an invalid date, and the next time correctly',
    (created) => {
      const time = new IsoTime();

      expect([time.text(created), time.text(1)]).toEqual(['Invalid Date', '1970-01-01T00:00:01.000Z']);
    },
  );
});
