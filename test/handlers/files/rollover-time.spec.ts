/** What the vectors do not have: long walks over the changes of the clocks, and the names. */
import { afterEach, describe, expect, it } from 'vitest';
import { intervalStart, nextRollover } from '../../../lib/handlers/files/rollover-time';
import type { Schedule } from '../../../lib/handlers/files/when';

const zone = process.env['TZ'];
afterEach(() => {
  if (zone === undefined) delete process.env['TZ'];
  else process.env['TZ'] = zone;
});

function schedule(fields: Partial<Schedule> = {}): Schedule {
  return { when: 'MIDNIGHT', count: 1, utc: false, atTime: undefined, dayOfWeek: undefined, ...fields };
}

function seconds(text: string): number {
  return new Date(text).getTime() / 1000;
}

/** As `2024-03-10 00:00` on the wall. */
function wall(time: number): string {
  const date = new Date(time * 1000);
  const two = (part: number): string => String(part).padStart(2, '0');
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${two(date.getHours())}:${two(date.getMinutes())}`;
}

/** The rollovers from one time on, each computed from the one before. */
function walk(plan: Schedule, start: number, count: number): number[] {
  const times: number[] = [];
  let now = start;
  for (let at = 0; at < count; at++) {
    now = nextRollover(plan, now);
    times.push(now);
  }
  return times;
}

describe('nextRollover', () => {
  it.each([
    'America/New_York',
    'Europe/Dublin',
    'Australia/Lord_Howe',
    'Antarctica/Troll',
    'Asia/Kathmandu',
    'Pacific/Chatham',
  ])('comes at each midnight of ten years in %s', (tz) => {
    process.env['TZ'] = tz;

    const times = walk(schedule(), new Date(2020, 0, 1, 12).getTime() / 1000, 3653);

    expect(times.filter((time) => !wall(time).endsWith(' 00:00')).map(wall)).toEqual([]);
    expect(new Set(times.map((time) => wall(time).slice(0, 10))).size).toBe(3653);
  });

  it('is the first moment of a day whose midnight is skipped', () => {
    process.env['TZ'] = 'America/Sao_Paulo';

    expect(walk(schedule(), seconds('2018-11-03T15:00:00Z'), 2).map(wall)).toEqual([
      '2018-11-04 01:00',
      '2018-11-05 00:00',
    ]);
  });

  it('is not repeated when the time of day occurs twice', () => {
    process.env['TZ'] = 'America/New_York';

    expect(walk(schedule({ atTime: 5400 }), seconds('2024-11-02T12:00:00Z'), 2)).toEqual([
      seconds('2024-11-03T05:30:00Z'),
      seconds('2024-11-04T06:30:00Z'),
    ]);
  });

  it('is the second time of the day after the first', () => {
    process.env['TZ'] = 'America/New_York';

    // 01:10 of the second hour from one to two.
    expect(nextRollover(schedule({ atTime: 5400 }), seconds('2024-11-03T06:10:00Z'))).toBe(
      seconds('2024-11-03T06:30:00Z'),
    );
  });

  it('uses UTC if configured', () => {
    process.env['TZ'] = 'America/New_York';

    expect(nextRollover(schedule({ utc: true }), seconds('2024-03-10T12:00:00Z'))).toBe(
      seconds('2024-03-11T00:00:00Z'),
    );
  });

  it('counts intervals of the short units from now, even if the clocks change', () => {
    process.env['TZ'] = 'America/New_York';
    const now = seconds('2024-03-10T06:30:00Z');

    expect(nextRollover(schedule({ when: 'H', count: 2 }), now)).toBe(now + 7200);
    expect(nextRollover(schedule({ when: 'D', count: 1 }), now)).toBe(now + 86_400);
  });
});

describe('intervalStart', () => {
  it('is the day that ended at midnight, also when it had 23 or 25 hours', () => {
    process.env['TZ'] = 'America/New_York';
    const started = (rolloverAt: string): string =>
      wall(intervalStart(schedule(), seconds(rolloverAt))).slice(0, 10);

    expect(started('2024-03-11T04:00:00Z')).toBe('2024-03-10');
    expect(started('2024-11-04T05:00:00Z')).toBe('2024-11-03');
  });

  it('is the first of the days or weeks', () => {
    process.env['TZ'] = 'UTC';
    const at = seconds('2024-03-04T00:00:00Z');

    expect(wall(intervalStart(schedule({ count: 3 }), at))).toContain('2024-03-01');
    expect(wall(intervalStart(schedule({ when: 'W6', dayOfWeek: 6, count: 2 }), at))).toContain('2024-02-19');
  });

  it('has the time of day of the rollover, for a suffix with a time', () => {
    process.env['TZ'] = 'Europe/Berlin';
    const at = (text: string): string => wall(intervalStart(schedule({ atTime: 9000 }), seconds(text)));

    expect(at('2024-03-04T02:30:00+01:00')).toBe('2024-03-03 02:30');
    // 02:30 of the day that has none.
    expect(at('2024-03-31T03:30:00+02:00')).toBe('2024-03-30 03:30');
  });

  it('skips a day that did not exist because of the date line', () => {
    process.env['TZ'] = 'Pacific/Apia';

    expect(wall(intervalStart(schedule(), seconds('2011-12-30T10:00:00Z')))).toContain('2011-12-29');
  });
});
