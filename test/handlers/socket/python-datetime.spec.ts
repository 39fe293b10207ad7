import { describe, expect, it } from 'vitest';
import { isoDate, isoDateTime, isoOffset, isoTime } from '../../../lib/handlers/socket/python-datetime';

const state = (hex: string): Buffer => Buffer.from(hex, 'hex');

describe('isoDateTime', () => {
  it('spells the state of a datetime as isoformat() does', () => {
    expect(isoDateTime([state('07e70b0e160d1401e240')])).toBe('2023-11-14T22:13:20.123456');
    expect(isoDateTime([state('07e70b0e160d14000000'), '+00:00'])).toBe('2023-11-14T22:13:20+00:00');
  });

  it('ignores the flag of the hour that comes twice', () => {
    expect(isoDateTime([state('07e78b0e160d14000000')])).toBe('2023-11-14T22:13:20');
  });

  it('refuses a state of another length, a zone that is no text, and more arguments', () => {
    expect(isoDateTime([state('07e70b0e')])).toBeUndefined();
    expect(isoDateTime([state('07e70b0e160d14000000'), 3600])).toBeUndefined();
    expect(isoDateTime([state('07e70b0e160d14000000'), '+00:00', 1])).toBeUndefined();
    expect(isoDateTime([2023, 11, 14])).toBeUndefined();
  });
});

describe('isoDate', () => {
  it('spells the state of a date', () => {
    expect(isoDate([state('07e8021d')])).toBe('2024-02-29');
    expect(isoDate([state('07e8021d'), '+00:00'])).toBeUndefined();
  });
});

describe('isoTime', () => {
  it('spells the state of a time', () => {
    expect(isoTime([state('0c1e00000001')])).toBe('12:30:00.000001');
  });
});

describe('isoOffset', () => {
  it.each([
    [0, '+00:00'],
    [-12_600, '-03:30'],
    [20_700, '+05:45'],
    [3661, '+01:01:01'],
  ])('spells %d seconds', (seconds, text) => {
    expect(isoOffset([seconds])).toBe(text);
  });

  it('refuses a day and more, and what is no number', () => {
    expect(isoOffset([86_400])).toBeUndefined();
    expect(isoOffset(['1'])).toBeUndefined();
  });
});
