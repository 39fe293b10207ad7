import { describe, expect, it } from 'vitest';
import { checkFacility } from '../../../lib/formatters/syslog/facility';

describe('checkFacility', () => {
  it('accepts the names of the table and the numbers 0 to 23', () => {
    expect([checkFacility('X', 'local7'), checkFacility('X', 0), checkFacility('X', 23)]).toEqual([
      'local7',
      0,
      23,
    ]);
  });

  it.each([
    ['an unknown name', 'LOCAL0'],
    ['a name that every object has', 'constructor'],
    ['a number beyond the table', 24],
    ['a negative number', -1],
    ['a fraction', 1.5],
  ])('refuses %s', (_what, facility) => {
    expect(() => checkFacility('SysLogHandler', facility as number)).toThrow(
      /^SysLogHandler: "facility" must be an integer from 0 to 23 or one of auth, .*, local7, got /,
    );
  });
});
