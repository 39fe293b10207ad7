/** Priorities of syslog (RFC 5424 calls them severities), and how levels become them. */
import { inspect } from 'node:util';
import { CRITICAL, ERROR, INFO, WARNING } from '../../core/level';
import { ConfigurationError } from '../../errors';
import { accepting } from '../../internal/options';
import { FACILITY_NAMES } from './facility';

/** Numbers by name, as `SysLogHandler.priority_names` of CPython 3.14. */
export const PRIORITY_NAMES = {
  alert: 1,
  crit: 2,
  critical: 2,
  debug: 7,
  emerg: 0,
  err: 3,
  error: 3,
  info: 6,
  notice: 5,
  panic: 0,
  warn: 4,
  warning: 4,
} as const satisfies Readonly<Record<string, number>>;

export type PriorityName = keyof typeof PRIORITY_NAMES;

/** Priorities by the name of a level. */
export type PriorityMap = Readonly<Record<string, PriorityName>>;

/** As `SysLogHandler.priority_map` of CPython 3.14. */
export const PRIORITY_MAP: PriorityMap = {
  DEBUG: 'debug',
  INFO: 'info',
  WARNING: 'warning',
  ERROR: 'error',
  CRITICAL: 'critical',
};

/** For levels that no map names. `notice` lies between INFO and WARNING; nothing of ours is worse than `critical`. */
function priorityOfNumber(levelno: number): PriorityName {
  if (levelno >= CRITICAL) return 'critical';
  if (levelno >= ERROR) return 'error';
  if (levelno >= WARNING) return 'warning';
  if (levelno > INFO) return 'notice';
  return levelno === INFO ? 'info' : 'debug';
}

/** By name; without an entry by number, or `warning` as in CPython when there is no number. */
export function priorityOf(map: PriorityMap, levelName: string, levelno?: number): PriorityName {
  if (Object.hasOwn(map, levelName)) return map[levelName] ?? 'warning';
  return levelno === undefined ? 'warning' : priorityOfNumber(levelno);
}

function numberOf(kind: 'facility' | 'priority', value: string | number): number {
  const names: Readonly<Record<string, number>> = kind === 'facility' ? FACILITY_NAMES : PRIORITY_NAMES;
  if (typeof value === 'number' && Number.isInteger(value)) return value;
  const known = typeof value === 'string' && Object.hasOwn(names, value) ? names[value] : undefined;
  if (known !== undefined) return known;
  throw new ConfigurationError(
    `encodePriority: "${kind}" must be an integer or one of ${Object.keys(names).join(', ')}, got ${inspect(value)}.`,
  );
}

/**
 * The number between `<` and `>` of a message. Numbers pass as they are, as in CPython; names must be known.
 *
 * @throws ConfigurationError for a name that is not in the tables, and for what is neither name nor integer.
 */
export function encodePriority(facility: string | number, priority: string | number): number {
  return (numberOf('facility', facility) << 3) | numberOf('priority', priority);
}

function isPriorityMap(value: unknown): value is PriorityMap {
  if (typeof value !== 'object' || value === null) return false;
  return Object.values(value).every(
    (name) => typeof name === 'string' && Object.hasOwn(PRIORITY_NAMES, name),
  );
}

/** An option that gives levels other priorities. */
export const PRIORITIES = accepting(
  'an object with the name of a priority for each name of a level',
  isPriorityMap,
  {
    fallback: PRIORITY_MAP,
    otherwise: "Python's",
    advice: `priorities are ${Object.keys(PRIORITY_NAMES).join(', ')}`,
  },
);
