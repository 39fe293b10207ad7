/** When a file is rotated: Python's `when` and `interval`, read and checked. */
import { ConfigurationError } from '../../errors';

/** Python's names; `W0` is Monday. Case does not matter. */
export type When = 'S' | 'M' | 'H' | 'D' | 'midnight' | 'W0' | 'W1' | 'W2' | 'W3' | 'W4' | 'W5' | 'W6';

export interface Schedule {
  /** Upper case. */
  readonly when: string;
  /** How many units lie between two rollovers. */
  readonly count: number;
  readonly utc: boolean;
  /** Seconds from the beginning of the day; undefined rolls over at its end. */
  readonly atTime: number | undefined;
  /** 0 is Monday; undefined unless weekly. */
  readonly dayOfWeek: number | undefined;
}

interface Unit {
  readonly seconds: number;
  /** Pattern of the date in a name, for strftime. */
  readonly suffix: string;
  readonly match: string;
}

const DAY = '\\d{4}-\\d{2}-\\d{2}';

const UNITS: ReadonlyMap<string, Unit> = new Map([
  ['S', { seconds: 1, suffix: '%Y-%m-%d_%H-%M-%S', match: `${DAY}_\\d{2}-\\d{2}-\\d{2}` }],
  ['M', { seconds: 60, suffix: '%Y-%m-%d_%H-%M', match: `${DAY}_\\d{2}-\\d{2}` }],
  ['H', { seconds: 3600, suffix: '%Y-%m-%d_%H', match: `${DAY}_\\d{2}` }],
  ['D', { seconds: 86_400, suffix: '%Y-%m-%d', match: DAY }],
  ['MIDNIGHT', { seconds: 86_400, suffix: '%Y-%m-%d', match: DAY }],
  ['W', { seconds: 604_800, suffix: '%Y-%m-%d', match: DAY }],
]);

/** @throws ConfigurationError for a name that is none of Python's. */
export function unitOf(owner: string, when: unknown): { readonly when: string; readonly unit: Unit } {
  const upper = typeof when === 'string' ? when.toUpperCase() : '';
  const unit = UNITS.get(/^W[0-6]$/.test(upper) ? 'W' : upper);
  if (unit === undefined || upper === 'W') {
    throw new ConfigurationError(
      `${owner}: "when" must be S, M, H, D, midnight, or W0 (Monday) to W6 (Sunday), got ${JSON.stringify(when)}.`,
    );
  }
  return { when: upper, unit };
}

/** Finds the date in a file name, digits on neither side of it. */
export function dateMatcher(unit: Unit): RegExp {
  return new RegExp(`(?<!\\d)${unit.match}(?!\\d)`);
}

/** `02:30` or `02:30:15` as seconds from the beginning of the day. @throws ConfigurationError for anything else. */
export function secondsOfDay(owner: string, atTime: string): number {
  const [, hour, minute, second = '0'] = /^(\d{2}):(\d{2})(?::(\d{2}))?$/.exec(atTime) ?? [];
  const seconds = Number(hour) * 3600 + Number(minute) * 60 + Number(second);
  if (Number(hour) < 24 && Number(minute) < 60 && Number(second) < 60) return seconds;
  throw new ConfigurationError(
    `${owner}: "atTime" must be a time of day such as '02:30' or '02:30:15', got ${JSON.stringify(atTime)}.`,
  );
}
