import { describe, expect, it } from 'vitest';
import { dateMatcher, secondsOfDay, unitOf } from '../../../lib/handlers/files/when';

describe('unitOf', () => {
  it.each([
    ['s', 'S', 1],
    ['M', 'M', 60],
    ['h', 'H', 3600],
    ['d', 'D', 86_400],
    ['midnight', 'MIDNIGHT', 86_400],
    ['w0', 'W0', 604_800],
    ['W6', 'W6', 604_800],
  ])('reads %s as %s of %i seconds', (given, when, seconds) => {
    expect(unitOf(given)).toMatchObject({ when, unit: { seconds } });
  });

  it.each(['', 'W', 'W7', 'MIN', 'monday', 7, null])('refuses %j', (given) => {
    expect(unitOf(given)).toBeUndefined();
  });
});

describe('dateMatcher', () => {
  it('finds a date with no digit beside it', () => {
    const matcher = dateMatcher(unitOf('midnight')?.unit as Parameters<typeof dateMatcher>[0]);

    expect(matcher.exec('app.2024-02-29.log')?.[0]).toBe('2024-02-29');
    expect(matcher.test('app.12024-02-29.log')).toBe(false);
    expect(matcher.test('app.2024-02-291.log')).toBe(false);
  });
});

describe('secondsOfDay', () => {
  it('reads hours, minutes and, if given, seconds', () => {
    expect(secondsOfDay('00:00')).toBe(0);
    expect(secondsOfDay('02:30')).toBe(9000);
    expect(secondsOfDay('23:59:59')).toBe(86_399);
  });

  it.each(['24:00', '12:60', '12:00:60', '2:30', 'noon', ''])('refuses %j', (text) => {
    expect(secondsOfDay(text)).toBeUndefined();
  });
});
