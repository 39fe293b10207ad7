/** Facilities, priorities and header fields of syslog messages. */
import { basename } from 'node:path';
import { inspect } from 'node:util';
import { CRITICAL, ERROR, INFO, WARNING } from '../core/level';
import { ConfigurationError } from '../errors';
import { accepting } from '../internal/options';

/** Facilities by name, as `SysLogHandler.facility_names` in CPython 3.14. */
export const FACILITY_NAMES = {
  auth: 4,
  authpriv: 10,
  console: 14,
  cron: 9,
  daemon: 3,
  ftp: 11,
  kern: 0,
  lpr: 6,
  mail: 2,
  news: 7,
  ntp: 12,
  security: 13,
  'solaris-cron': 15,
  syslog: 5,
  user: 1,
  uucp: 8,
  local0: 16,
  local1: 17,
  local2: 18,
  local3: 19,
  local4: 20,
  local5: 21,
  local6: 22,
  local7: 23,
} as const satisfies Readonly<Record<string, number>>;

export type FacilityName = keyof typeof FACILITY_NAMES;

const LAST_FACILITY = 23;

function isFacility(value: unknown): value is FacilityName | number {
  if (typeof value === 'string') return Object.hasOwn(FACILITY_NAMES, value);
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= LAST_FACILITY;
}

/** Spec of an option whose value is a facility. */
export const FACILITY = accepting(
  `the name of a facility, or its number from 0 to ${LAST_FACILITY}`,
  isFacility,
  { fallback: 'user', advice: `names are ${Object.keys(FACILITY_NAMES).join(', ')}` },
);

/** Priorities by name, as `SysLogHandler.priority_names` in CPython 3.14. */
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

/** Priorities by level name. */
export type PriorityMap = Readonly<Record<string, PriorityName>>;

/** As `SysLogHandler.priority_map` in CPython 3.14. */
export const PRIORITY_MAP: PriorityMap = {
  DEBUG: 'debug',
  INFO: 'info',
  WARNING: 'warning',
  ERROR: 'error',
  CRITICAL: 'critical',
};

/** For levels without an entry in the map. Levels between INFO and WARNING are `notice`. */
function priorityOfNumber(levelno: number): PriorityName {
  if (levelno >= CRITICAL) return 'critical';
  if (levelno >= ERROR) return 'error';
  if (levelno >= WARNING) return 'warning';
  if (levelno > INFO) return 'notice';
  return levelno === INFO ? 'info' : 'debug';
}

/** The priority of the level name, else the priority of the level number, else `warning` as in CPython. */
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
 * The number between `<` and `>` of a message. Numbers are used unchanged, as in CPython.
 *
 * @throws ConfigurationError for an unknown name, and for a value that is neither a string nor an integer.
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

/** Spec of an option that maps level names to priorities. */
export const PRIORITIES = accepting(
  'an object with the name of a priority for each name of a level',
  isPriorityMap,
  {
    fallback: PRIORITY_MAP,
    otherwise: "Python's",
    advice: `priorities are ${Object.keys(PRIORITY_NAMES).join(', ')}`,
  },
);

/** Replaces an empty field (RFC 5424, section 6). */
export const NIL = '-';

const NOT_PRINTABLE = /[^\x21-\x7e]/gu;

/** The text as a header field of at most `maxLength` characters. Invalid characters become `_`, an empty text `-`. */
export function headerField(text: string, maxLength: number): string {
  return text === '' ? NIL : text.replace(NOT_PRINTABLE, '_').slice(0, maxLength);
}

export interface Identity {
  readonly appName: string;
  readonly procId: string;
}

/** Name and process id of the running program. */
export function processIdentity(): Identity {
  const script = basename(process.argv[1] ?? '').replace(/\.[^.]+$/, '');
  return { appName: script === '' ? 'node' : script, procId: String(process.pid) };
}

/** Reads `myapp`, `myapp: ` and `myapp[42]: `. Missing parts are taken from this process. */
export function identityOf(ident: string): Identity {
  const own = processIdentity();
  const text = ident.trimEnd().replace(/:$/, '');
  const process = /\[(\w+)\]$/.exec(text);
  const appName = process === null ? text : text.slice(0, process.index);
  return { appName: appName === '' ? own.appName : appName, procId: process?.[1] ?? own.procId };
}
