import { afterEach, describe, expect, it, vi } from 'vitest';
import { offsetText, zoneName } from '../../lib/internal/zone-name';

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
  ])('in %s, which has none, is the offset', (zone, name) => {
    vi.stubEnv('TZ', zone);

    expect(zoneName(WINTER)).toBe(name);
  });
});
