import { describe, expect, it } from 'vitest';
import { FACILITY } from '../../../lib/formatters/syslog/facility';
import { readOption } from '../../../lib/internal/options';

function read(facility: unknown): unknown {
  return readOption(FACILITY, facility, { owner: 'SysLogHandler', name: 'facility' });
}

describe('FACILITY', () => {
  it('accepts the names of the table and the numbers 0 to 23', () => {
    expect(['local7', 0, 23].map(read)).toEqual(['local7', 0, 23]);
  });

  it.each([
    ['an unknown name', 'LOCAL0'],
    ['a name that every object has', 'constructor'],
    ['a number beyond the table', 24],
    ['a negative number', -1],
    ['a fraction', 1.5],
  ])('refuses %s', (_what, facility) => {
    expect(() => read(facility)).toThrow(
      /^SysLogHandler: "facility" must be the name of a facility, or its number from 0 to 23, got .*; names are auth, .*, local7\.$/,
    );
  });
});
