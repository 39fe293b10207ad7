/** Levels: their numbers and names, and how a caller's input becomes a number. */
import { ConfigurationError } from '../errors';
import { inspectValue } from '../internal/foreign';
import { globalState } from '../internal/global-state';
import { rule, type Rule } from '../internal/options';

export const NOTSET = 0;
/** For Nest's `verbose`. Python has no level between NOTSET and DEBUG. */
export const VERBOSE = 5;
export const DEBUG = 10;
export const INFO = 20;
export const WARNING = 30;
export const ERROR = 40;
export const CRITICAL = 50;

interface LevelTable {
  readonly nameOf: Map<number, string>;
  readonly numberOf: Map<string, number>;
}

const table = globalState('levels', (): LevelTable => ({
  nameOf: new Map([
    [CRITICAL, 'CRITICAL'],
    [ERROR, 'ERROR'],
    [WARNING, 'WARNING'],
    [INFO, 'INFO'],
    [DEBUG, 'DEBUG'],
    [VERBOSE, 'VERBOSE'],
    [NOTSET, 'NOTSET'],
  ]),
  numberOf: new Map([
    ['CRITICAL', CRITICAL],
    ['FATAL', CRITICAL],
    ['ERROR', ERROR],
    ['WARN', WARNING],
    ['WARNING', WARNING],
    ['INFO', INFO],
    ['DEBUG', DEBUG],
    ['VERBOSE', VERBOSE],
    ['NOTSET', NOTSET],
  ]),
}));

/** A level as a caller may give it: a number, or a name of `getLevelNamesMapping()`. */
export type LevelInput = number | string;

/**
 * Maps a number to a name and the name to the number. The number's old name still maps to it.
 * Ports logging.addLevelName (CPython 3.14).
 *
 * @throws ConfigurationError `ERR_LOG_LEVEL` if `level` is not an integer or `name` not a string.
 */
export function addLevelName(level: number, name: string): void {
  if (!Number.isSafeInteger(level) || typeof name !== 'string') {
    throw new ConfigurationError(
      `addLevelName: takes an integer and a string, got ${String(level)} and ${typeof name}.`,
      { code: 'ERR_LOG_LEVEL' },
    );
  }
  table.nameOf.set(level, name);
  table.numberOf.set(name, level);
}

/**
 * The name of a number, the number of a name, or `Level X`. Works in both directions for historic reasons, as in CPython.
 * Ports logging.getLevelName (CPython 3.14).
 */
export function getLevelName(level: number): string;
export function getLevelName(level: LevelInput): string | number;
export function getLevelName(level: LevelInput): string | number {
  if (typeof level === 'string') return table.numberOf.get(level) ?? `Level ${level}`;
  return table.nameOf.get(level) ?? `Level ${String(level)}`;
}

/** A copy of the table of names, including `WARN` and `FATAL`. Ports logging.getLevelNamesMapping (3.11). */
export function getLevelNamesMapping(): Record<string, number> {
  return Object.fromEntries(table.numberOf);
}

/**
 * A level's number. Integers are returned as they are, names are case-sensitive, and `'10'` is not a level.
 * Ports logging._checkLevel (CPython 3.14).
 *
 * @throws ConfigurationError `ERR_LOG_LEVEL` for anything else.
 */
export function parseLevel(input: LevelInput): number {
  if (typeof input === 'number' && Number.isSafeInteger(input)) return input;
  if (typeof input === 'string') {
    const level = table.numberOf.get(input);
    if (level !== undefined) return level;
    const upper = input.toUpperCase();
    const hint = table.numberOf.has(upper)
      ? `write '${upper}'`
      : `known are ${[...table.numberOf.keys()].join(', ')}`;
    throw new ConfigurationError(`Unknown level: '${input}'; ${hint}.`, { code: 'ERR_LOG_LEVEL' });
  }
  const shown = inspectValue(input, { depth: 1, breakLength: Infinity, maxArrayLength: 5 });
  throw new ConfigurationError(`Level not an integer or a valid string: ${shown}.`, {
    code: 'ERR_LOG_LEVEL',
  });
}

/** An option that is a level: a number, or a name. @throws ConfigurationError `ERR_LOG_LEVEL` with Python's sentence. */
export function level(fallback: LevelInput): Rule<number> {
  return rule('a level: a name or an integer', (value) => parseLevel(value as LevelInput), { fallback });
}
