import { basename } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  encodePriority,
  FACILITY,
  headerField,
  identityOf,
  PRIORITIES,
  PRIORITY_MAP,
  priorityOf,
  processIdentity,
} from '../../lib/formatters/syslog-fields';
import { readOption } from '../../lib/internal/options';

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

describe('priorityOf', () => {
  it('prefers the name to the number', () => {
    expect(priorityOf({ AUDIT: 'alert' }, 'AUDIT', 25)).toBe('alert');
  });

  it.each([
    [0, 'debug'],
    [5, 'debug'],
    [19, 'debug'],
    [20, 'info'],
    [25, 'notice'],
    [30, 'warning'],
    [35, 'warning'],
    [40, 'error'],
    [50, 'critical'],
    [60, 'critical'],
  ])('maps a level %i without an entry to the priority %s', (levelno, priority) => {
    expect(priorityOf(PRIORITY_MAP, `Level ${levelno}`, levelno)).toBe(priority);
  });

  it('is warning for a name without a number, as in CPython', () => {
    expect(priorityOf(PRIORITY_MAP, 'NOTICE')).toBe('warning');
  });

  it('does not read inherited properties as entries', () => {
    expect(priorityOf(PRIORITY_MAP, 'constructor')).toBe('warning');
  });
});

describe('encodePriority', () => {
  it('joins facility and priority, by name or number', () => {
    expect([encodePriority('local0', 'error'), encodePriority(16, 3)]).toEqual([131, 131]);
  });

  it('lists the known names for another value', () => {
    expect(() => encodePriority('user', 'fatal')).toThrow(
      /^encodePriority: "priority" must be an integer or one of alert, crit, .*, got 'fatal'\.$/,
    );
  });
});

describe('PRIORITIES', () => {
  it('refuses a value that is not a priority', () => {
    expect(() =>
      readOption(PRIORITIES, { INFO: 'fatal' }, { owner: 'SysLogHandler', name: 'priorityMap' }),
    ).toThrow(
      /^SysLogHandler: "priorityMap" must be an object .*, got { INFO: 'fatal' }; priorities are alert, .*\.$/,
    );
  });
});

describe('headerField', () => {
  it('replaces each space, control character and non-ASCII character by a mark', () => {
    expect(headerField('my äpp\n😀\u007f!', 48)).toBe('my__pp___!');
  });

  it('cuts what is too long', () => {
    expect(headerField('abcdef', 4)).toBe('abcd');
  });

  it('is a hyphen for an empty text', () => {
    expect(headerField('', 48)).toBe('-');
  });
});

describe('identityOf', () => {
  it.each([
    ['shop', 'shop', String(process.pid)],
    ['shop: ', 'shop', String(process.pid)],
    ['shop[42]: ', 'shop', '42'],
    ['shop[42]', 'shop', '42'],
    ['my shop [x] [42]:\n', 'my shop [x] ', '42'],
    ['shop[]', 'shop[]', String(process.pid)],
    ['shop::', 'shop:', String(process.pid)],
  ])('reads %j', (ident, appName, procId) => {
    expect(identityOf(ident)).toEqual({ appName, procId });
  });

  it.each([' '.repeat(100_000) + 'x[', '['.repeat(100_000), '[a'.repeat(50_000)])(
    'reads a long one in linear time: %.3s',
    (ident) => {
      const start = performance.now();

      expect(identityOf(ident)).toEqual({ appName: ident, procId: String(process.pid) });
      expect(performance.now() - start).toBeLessThan(500);
    },
  );

  it('is the process itself for an empty ident', () => {
    expect(identityOf('')).toEqual(processIdentity());
  });
});

describe('processIdentity', () => {
  it('is the main file without its ending, and the process number', () => {
    const [, script = ''] = process.argv;

    expect(processIdentity()).toEqual({
      appName: basename(script).replace(/\.[^.]+$/, '') || 'node',
      procId: String(process.pid),
    });
  });
});
