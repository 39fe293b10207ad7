import { describe, expect, it } from 'vitest';
import {
  addLevelName,
  CRITICAL,
  DEBUG,
  ERROR,
  getLevelName,
  getLevelNamesMapping,
  INFO,
  NOTSET,
  parseLevel,
  VERBOSE,
  WARNING,
} from '../../lib/core/level';

describe('getLevelName', () => {
  it('turns a number into its name', () => {
    const levels = [NOTSET, VERBOSE, DEBUG, INFO, WARNING, ERROR, CRITICAL];

    expect(levels.map((level) => getLevelName(level))).toEqual([
      'NOTSET',
      'VERBOSE',
      'DEBUG',
      'INFO',
      'WARNING',
      'ERROR',
      'CRITICAL',
    ]);
  });

  it('turns a name into its number, as CPython for historic reasons', () => {
    expect(['WARN', 'WARNING', 'FATAL'].map((name) => getLevelName(name))).toEqual([30, 30, 50]);
  });

  it('returns "Level X" without a name', () => {
    expect([getLevelName(15), getLevelName(-1), getLevelName('nobody')]).toEqual([
      'Level 15',
      'Level -1',
      'Level nobody',
    ]);
  });
});

describe('addLevelName', () => {
  it('names a number in both directions', () => {
    addLevelName(11, 'TRACE-11');

    expect([getLevelName(11), getLevelName('TRACE-11'), parseLevel('TRACE-11')]).toEqual([
      'TRACE-11',
      11,
      11,
    ]);
  });

  it('leaves the old name of a renamed number pointing at it', () => {
    addLevelName(12, 'OLD-12');
    addLevelName(12, 'NEW-12');

    expect([getLevelName(12), parseLevel('OLD-12'), parseLevel('NEW-12')]).toEqual(['NEW-12', 12, 12]);
  });

  it('leaves the number of a name that moved with its name', () => {
    addLevelName(13, 'MOVING');
    addLevelName(14, 'MOVING');

    expect([getLevelName(13), getLevelName(14), parseLevel('MOVING')]).toEqual(['MOVING', 'MOVING', 14]);
  });

  it('refuses a value that is not an integer', () => {
    expect(() => addLevelName(1.5, 'HALF')).toThrow(
      'addLevelName: takes an integer and a string, got 1.5 and string.',
    );
  });
});

describe('getLevelNamesMapping', () => {
  it('holds the aliases WARN and FATAL', () => {
    expect(getLevelNamesMapping()).toMatchObject({ WARN: 30, FATAL: 50, VERBOSE: 5 });
  });

  it('is a copy', () => {
    getLevelNamesMapping()['INFO'] = 1;

    expect(getLevelNamesMapping()['INFO']).toBe(INFO);
  });
});

describe('parseLevel', () => {
  it('returns any integer', () => {
    expect([parseLevel(0), parseLevel(15), parseLevel(-3)]).toEqual([0, 15, -3]);
  });

  it('suggests the right spelling of a name in lower case', () => {
    expect(() => parseLevel('debug')).toThrow("Unknown level: 'debug'; write 'DEBUG'.");
  });

  it('lists the known names otherwise', () => {
    expect(() => parseLevel('10')).toThrow(/^Unknown level: '10'; known are CRITICAL, FATAL, ERROR, /);
  });

  it.each([
    [[], '[]'],
    [{}, '{}'],
    [{ level: 'DEBUG' }, "{ level: 'DEBUG' }"],
    [Object.create(null), '[Object: null prototype] {}'],
    [Symbol('DEBUG'), 'Symbol(DEBUG)'],
    [10n, '10n'],
  ])('prints the value: %o', (input, shown) => {
    expect(() => parseLevel(input as never)).toThrow(`Level not an integer or a valid string: ${shown}.`);
  });

  it.each([NaN, 1.5, Infinity, undefined, null, {}, true])('refuses %s', (input) => {
    expect(() => parseLevel(input as never)).toThrow(
      expect.objectContaining({
        code: 'ERR_LOG_LEVEL',
        message: expect.stringContaining('Level not an integer'),
      }),
    );
  });
});
