import { basename } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  checkFacility,
  checkPriorityMap,
  encodePriority,
  headerField,
  identityOf,
  PRIORITY_MAP,
  priorityOf,
  processIdentity,
  type PriorityMap,
} from '../../lib/formatters/syslog-fields';

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

describe('checkPriorityMap', () => {
  it('refuses an invalid priority with its key', () => {
    expect(() => checkPriorityMap('SysLogHandler', { INFO: 'fatal' } as unknown as PriorityMap)).toThrow(
      /^SysLogHandler: "priorityMap.INFO" must be one of alert, .*, got 'fatal'\.$/,
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
