import { describe, expect, it } from 'vitest';
import {
  encodePriority,
  PRIORITIES,
  PRIORITY_MAP,
  priorityOf,
} from '../../../lib/formatters/syslog/priority';
import { readOption } from '../../../lib/internal/options';

describe('priorityOf', () => {
  it('takes the name before the number', () => {
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
  ])('makes of a level %i that no map names the priority %s', (levelno, priority) => {
    expect(priorityOf(PRIORITY_MAP, `Level ${levelno}`, levelno)).toBe(priority);
  });

  it('says warning of a name without a number, as CPython does', () => {
    expect(priorityOf(PRIORITY_MAP, 'NOTICE')).toBe('warning');
  });

  it('finds no entry in what every object has', () => {
    expect(priorityOf(PRIORITY_MAP, 'constructor')).toBe('warning');
  });
});

describe('encodePriority', () => {
  it('joins facility and priority, by name or number', () => {
    expect([encodePriority('local0', 'error'), encodePriority(16, 3)]).toEqual([131, 131]);
  });

  it('names what it knows when it is given something else', () => {
    expect(() => encodePriority('user', 'fatal')).toThrow(
      /^encodePriority: "priority" must be an integer or one of alert, crit, .*, got 'fatal'\.$/,
    );
  });
});

describe('PRIORITIES', () => {
  it('refuses a value that is no priority', () => {
    expect(() =>
      readOption(PRIORITIES, { INFO: 'fatal' }, { owner: 'SysLogHandler', name: 'priorityMap' }),
    ).toThrow(
      /^SysLogHandler: "priorityMap" must be an object .*, got { INFO: 'fatal' }; priorities are alert, .*\.$/,
    );
  });
});
