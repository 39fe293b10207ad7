import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  DIRECTIVES,
  isoWeek,
  offsetText,
  strftime,
  wallClock,
  weekOfYear,
  zoneName,
  type WallClock,
} from '../../lib/internal/strftime';

/** 2023-11-14 22:13:20 UTC, a Tuesday. */
const MOMENT = 1_700_000_000;

const zone = process.env['TZ'];
afterEach(() => {
  if (zone === undefined) delete process.env['TZ'];
  else process.env['TZ'] = zone;
});

describe('strftime', () => {
  it.each([
    ['%Y-%m-%dT%H:%M:%S%z', '2023-11-14T22:13:20+0000'],
    ['%a %A %b %B %h', 'Tue Tuesday Nov November Nov'],
    [
      '%c | %x | %X | %D | %F | %T | %R | %r',
      'Tue Nov 14 22:13:20 2023 | 11/14/23 | 22:13:20 | 11/14/23 | 2023-11-14 | 22:13:20 | 22:13 | 10:13:20 PM',
    ],
    ['%C %y %g %G %V %u %w %j %U %W', '20 23 23 2023 46 2 2 318 46 46'],
    ['%I %l %k %p %P %s', '10 10 22 PM pm 1700000000'],
    ['%-d %_H %5Y %^a %#Z %10F|', '14 22 02023 TUE gmt 2023-11-14|'],
    ['%n%t%%', '\n\t%'],
    ['%Ey %OH', '23 22'],
  ])('renders %j as glibc does', (pattern, text) => {
    expect(strftime(pattern, MOMENT, { utc: true })).toBe(text);
  });

  it('leaves unknown directives in the text', () => {
    expect(strftime('%f %L %q 100%', MOMENT, { utc: true })).toBe('%f %L %q 100%');
  });

  it('follows the time zone of the process, across a change of the clocks', () => {
    process.env['TZ'] = 'America/New_York';

    expect(strftime('%H:%M %z %Z', 1_710_053_999, { utc: false })).toBe('01:59 -0500 EST');
    expect(strftime('%H:%M %z %Z', 1_710_054_000, { utc: false })).toBe('03:00 -0400 EDT');
  });

  it('prints the offset of a zone without an abbreviation', () => {
    process.env['TZ'] = 'Asia/Kathmandu';

    expect(strftime('%Z', MOMENT, { utc: false })).toBe('+0545');
  });

  it('knows the week of a day that belongs to another year', () => {
    expect(strftime('%G-W%V-%u', 1_735_689_599, { utc: true })).toBe('2025-W01-2');
    expect(strftime('%G-W%V-%u', 1_609_459_200, { utc: true })).toBe('2020-W53-5');
  });

  it('is undefined beyond the range of Date', () => {
    expect(strftime('%Y', 1e18, { utc: true })).toBeUndefined();
  });

  it('renders every directive of its table', () => {
    const left = [...DIRECTIVES.keys()].filter(
      (letter) => letter !== '%' && strftime(`%${letter}`, MOMENT, { utc: true })?.includes('%'),
    );

    expect(left).toEqual([]);
  });

  it('looks up the name of the zone once, however often the pattern prints it', () => {
    process.env['TZ'] = 'Asia/Kathmandu';
    const start = performance.now();

    expect(strftime('%Z'.repeat(5000), 0, { utc: false })).toBe('+0530'.repeat(5000));
    expect(performance.now() - start).toBeLessThan(500);
  });
});

afterEach(() => {
  vi.unstubAllEnvs();
});

/** The wall clock at midnight of a day in UTC. */
function day(date: string): WallClock {
  const clock = wallClock(Date.parse(`${date}T00:00:00Z`) / 1000, { utc: true });
  if (clock === undefined) throw new Error(`${date} is no day`);
  return clock;
}

describe('wallClock', () => {
  it('returns the parts of a time in UTC', () => {
    const clock = wallClock(1_700_000_000, { utc: true });

    expect(clock).toMatchObject({
      year: 2023,
      month: 11,
      day: 14,
      hour: 22,
      minute: 13,
      second: 20,
      weekday: 2,
      yearday: 318,
    });
    expect([clock?.offset(), clock?.zone()]).toEqual(['+0000', 'GMT']);
  });

  it('returns them in the time zone of the process, where it may be another day', () => {
    vi.stubEnv('TZ', 'Pacific/Auckland');

    const clock = wallClock(1_700_000_000, { utc: false });

    expect(clock).toMatchObject({ day: 15, hour: 11, weekday: 3, yearday: 319 });
    expect([clock?.offset(), clock?.zone()]).toEqual(['+1300', 'NZDT']);
  });

  it.each([
    ['2023-12-31', 365],
    ['2024-12-31', 366],
    ['1900-03-01', 60],
    ['2000-03-01', 61],
    ['0050-02-01', 32],
  ])('%s is day %d of its year', (date, yearday) => {
    expect(day(date).yearday).toBe(yearday);
  });

  it('counts before the epoch', () => {
    expect(wallClock(-1, { utc: true })).toMatchObject({ year: 1969, day: 31, second: 59 });
  });

  it('is undefined beyond the range of Date', () => {
    expect(wallClock(8.64e12 + 1, { utc: true })).toBeUndefined();
    expect(wallClock(Number.NaN, { utc: false })).toBeUndefined();
  });
});

describe('weekOfYear', () => {
  it.each([
    ['2023-01-01', 1, 0],
    ['2023-01-02', 1, 1],
    ['2024-01-01', 0, 1],
    ['2023-12-31', 53, 52],
    ['2022-01-01', 0, 0],
  ])('%s is in week %d from Sundays and %d from Mondays', (date, fromSunday, fromMonday) => {
    expect([weekOfYear(day(date), 0), weekOfYear(day(date), 1)]).toEqual([fromSunday, fromMonday]);
  });
});

describe('isoWeek', () => {
  it.each([
    ['2023-11-14', 2023, 46],
    ['2021-01-03', 2020, 53],
    ['2021-01-04', 2021, 1],
    ['2016-01-03', 2015, 53],
    ['2018-12-31', 2019, 1],
    ['2020-12-31', 2020, 53],
    ['2024-12-30', 2025, 1],
    ['2023-01-01', 2022, 52],
  ])('%s is in %d, week %d', (date, year, week) => {
    expect(isoWeek(day(date))).toEqual({ year, week });
  });
});

const WINTER = new Date('2024-01-15T12:00:00Z');
const SUMMER = new Date('2024-07-15T12:00:00Z');

afterEach(() => {
  vi.unstubAllEnvs();
});

describe('offsetText', () => {
  it.each([
    ['UTC', '+0000', '+00'],
    ['Europe/Berlin', '+0100', '+01'],
    ['Asia/Kathmandu', '+0545', '+0545'],
    ['America/St_Johns', '-0330', '-0330'],
    ['Pacific/Honolulu', '-1000', '-10'],
  ])('in %s is %s, or %s in short', (zone, text, short) => {
    vi.stubEnv('TZ', zone);

    expect([offsetText(WINTER), offsetText(WINTER, { short: true })]).toEqual([text, short]);
  });

  it('follows a change of the clocks', () => {
    vi.stubEnv('TZ', 'America/New_York');

    expect([offsetText(WINTER), offsetText(SUMMER)]).toEqual(['-0500', '-0400']);
  });
});

describe('zoneName', () => {
  it.each([
    ['UTC', 'UTC', 'UTC'],
    ['America/New_York', 'EST', 'EDT'],
    ['Europe/Berlin', 'CET', 'CEST'],
    ['Europe/London', 'GMT', 'BST'],
    ['Asia/Tokyo', 'JST', 'JST'],
    ['Asia/Kolkata', 'IST', 'IST'],
    ['Australia/Sydney', 'AEDT', 'AEST'],
  ])('in %s is %s in January and %s in July', (zone, january, july) => {
    vi.stubEnv('TZ', zone);

    expect([zoneName(WINTER), zoneName(SUMMER)]).toEqual([january, july]);
  });

  it.each([
    ['Asia/Kathmandu', '+0545'],
    ['America/Sao_Paulo', '-03'],
    ['Australia/Lord_Howe', '+11'],
  ])('is the offset in %s, which has no abbreviation', (zone, name) => {
    vi.stubEnv('TZ', zone);

    expect(zoneName(WINTER)).toBe(name);
  });
});
