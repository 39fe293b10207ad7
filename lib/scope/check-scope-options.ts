/** Checks the options of a scope as a caller gives them; whoever fills in the defaults relies on it. */
import { ConfigurationError } from '../errors';
import type { OptionNames } from '../internal/checked-options';
import type { LogScopeOptions } from './scope-options';

export const SCOPE_OPTIONS = {
  afterFlush: true,
  capacity: true,
  dumpRecord: true,
  exclude: true,
  excludeErrors: true,
  excludeStatus: true,
  flushLevel: true,
  flushOn: true,
  force: true,
  keepFirst: true,
  lingerMs: true,
  maxDumpsPerSecond: true,
  maxRecordBytes: true,
  nested: true,
  onAbort: true,
  onDump: true,
  passThroughLevel: true,
  requestId: true,
  requestRecord: true,
  routes: true,
  sample: true,
  slowMs: true,
  snapshot: true,
  totalCapacity: true,
} as const satisfies OptionNames<LogScopeOptions>;

const CHOICES = {
  onAbort: ['discard', 'dump'],
  afterFlush: ['passthrough', 'rearm'],
  nested: ['promote', 'discard'],
  routes: ['all', 'decorated'],
} as const;

/** A longer time overflows Node's timers, which then fire at once. */
const MAX_TIMER_MS = 2_147_483_647;

/** @throws ConfigurationError naming the option, what it must be and what came. */
export type Refuse = (option: string, must: string, got: unknown) => never;

/** @param owner - What the user called. */
export function refusalOf(owner: string): Refuse {
  return (option, must, got) => {
    throw new ConfigurationError(`${owner}: "${option}" must be ${must}, got ${String(got)}.`);
  };
}

function isDelay(value: unknown): boolean {
  return typeof value === 'number' && value > 0 && value <= MAX_TIMER_MS;
}

function isPositive(value: unknown): boolean {
  return typeof value === 'number' && value > 0;
}

function checkNumbers(options: LogScopeOptions, refuse: Refuse): void {
  const { slowMs, lingerMs, sample, maxDumpsPerSecond } = options;
  for (const name of ['capacity', 'keepFirst', 'totalCapacity', 'maxRecordBytes', 'lingerMs'] as const) {
    const value = options[name];
    if (value !== undefined && !(Number.isSafeInteger(value) && value >= 0)) {
      refuse(name, 'a non-negative integer', value);
    }
  }
  if (slowMs !== undefined && slowMs !== false && !isDelay(slowMs)) {
    refuse('slowMs', `a positive number of ms up to ${MAX_TIMER_MS}, or false`, slowMs);
  }
  if (lingerMs !== undefined && lingerMs > MAX_TIMER_MS)
    refuse('lingerMs', `at most ${MAX_TIMER_MS}`, lingerMs);
  if (maxDumpsPerSecond !== undefined && maxDumpsPerSecond !== false && !isPositive(maxDumpsPerSecond)) {
    refuse('maxDumpsPerSecond', 'a positive number, or false', maxDumpsPerSecond);
  }
  if (sample !== undefined && !(sample >= 0 && sample <= 1)) refuse('sample', 'a share from 0 to 1', sample);
}

function checkChoices(options: LogScopeOptions, refuse: Refuse): void {
  for (const [name, allowed] of Object.entries(CHOICES) as [keyof typeof CHOICES, readonly string[]][]) {
    const value = options[name];
    if (value !== undefined && !allowed.includes(value)) refuse(name, `one of ${allowed.join(', ')}`, value);
  }
  for (const name of ['flushOn', 'force', 'onDump'] as const) {
    if (options[name] !== undefined && typeof options[name] !== 'function')
      refuse(name, 'a function', options[name]);
  }
  for (const name of ['requestRecord', 'dumpRecord'] as const) {
    if (options[name] !== undefined && typeof options[name] !== 'boolean')
      refuse(name, 'true or false', options[name]);
  }
  const { snapshot, requestId } = options;
  if (
    snapshot !== undefined &&
    typeof snapshot !== 'function' &&
    !['shallow', 'reference', 'format'].includes(snapshot)
  ) {
    refuse('snapshot', `'shallow', 'reference', 'format' or a function`, snapshot);
  }
  if (requestId !== undefined && requestId !== false && !isIdSource(requestId)) {
    refuse('requestId', 'the name of a header, a function or false', requestId);
  }
}

function isIdSource(value: unknown): boolean {
  return typeof value === 'function' || (typeof value === 'string' && /^[\w-]+$/.test(value));
}

function isPatterns(value: unknown): boolean {
  return Array.isArray(value) && value.every((item) => typeof item === 'string' || item instanceof RegExp);
}

function isExcludedStatus(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return Number.isInteger(value);
  return Object.entries(value).every(([status, paths]) => /^\d+$/.test(status) && isPatterns(paths));
}

/** They are used when a response closes, where a TypeError would end the process. */
function checkLists({ exclude, excludeStatus, excludeErrors }: LogScopeOptions, refuse: Refuse): void {
  if (exclude !== undefined && typeof exclude !== 'function' && !isPatterns(exclude)) {
    refuse('exclude', 'a list of paths and patterns or a function', exclude);
  }
  if (
    excludeStatus !== undefined &&
    !(Array.isArray(excludeStatus) && excludeStatus.every(isExcludedStatus))
  ) {
    refuse('excludeStatus', 'a list such as [404, { 400: [/^\\/probe/] }]', excludeStatus);
  }
  const areClasses =
    Array.isArray(excludeErrors) && excludeErrors.every((type) => typeof type === 'function');
  if (excludeErrors !== undefined && !areClasses)
    refuse('excludeErrors', 'a list of Error classes', excludeErrors);
}

/** @throws ConfigurationError naming the first option that is wrong. */
export function checkScopeOptions(options: LogScopeOptions, refuse: Refuse): void {
  checkNumbers(options, refuse);
  checkChoices(options, refuse);
  checkLists(options, refuse);
}
