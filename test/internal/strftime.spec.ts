import { afterEach, describe, expect, it } from 'vitest';
import { DIRECTIVES, strftime } from '../../lib/internal/strftime';

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

  it('leaves what it does not know in the text', () => {
    expect(strftime('%f %L %q 100%', MOMENT, { utc: true })).toBe('%f %L %q 100%');
  });

  it('follows the time zone of the process, across a change of the clocks', () => {
    process.env['TZ'] = 'America/New_York';

    expect(strftime('%H:%M %z %Z', 1_710_053_999, { utc: false })).toBe('01:59 -0500 EST');
    expect(strftime('%H:%M %z %Z', 1_710_054_000, { utc: false })).toBe('03:00 -0400 EDT');
  });

  it('prints the offset where a zone has no abbreviation', () => {
    process.env['TZ'] = 'Asia/Kathmandu';

    expect(strftime('%Z', MOMENT, { utc: false })).toBe('+0545');
  });

  it('knows the week of a day that belongs to another year', () => {
    expect(strftime('%G-W%V-%u', 1_735_689_599, { utc: true })).toBe('2025-W01-2');
    expect(strftime('%G-W%V-%u', 1_609_459_200, { utc: true })).toBe('2020-W53-5');
  });

  it('gives nothing for a moment beyond Date', () => {
    expect(strftime('%Y', 1e18, { utc: true })).toBeUndefined();
  });

  it('renders every directive of its table', () => {
    const left = [...DIRECTIVES.keys()].filter(
      (letter) => letter !== '%' && strftime(`%${letter}`, MOMENT, { utc: true })?.includes('%'),
    );

    expect(left).toEqual([]);
  });

  it('asks for the name of the zone once, however often the pattern prints it', () => {
    process.env['TZ'] = 'Asia/Kathmandu';
    const start = performance.now();

    expect(strftime('%Z'.repeat(5000), 0, { utc: false })).toBe('+0530'.repeat(5000));
    expect(performance.now() - start).toBeLessThan(500);
  });
});
