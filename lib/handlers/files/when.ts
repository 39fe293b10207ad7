/** When a file is rotated: Python's `when` and `atTime`. */

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

/** Undefined for a name that is none of Python's. */
export function unitOf(when: unknown): { readonly when: string; readonly unit: Unit } | undefined {
  const upper = typeof when === 'string' ? when.toUpperCase() : '';
  const unit = UNITS.get(/^W[0-6]$/.test(upper) ? 'W' : upper);
  return unit === undefined || upper === 'W' ? undefined : { when: upper, unit };
}

/** Finds the date in a file name, digits on neither side of it. */
export function dateMatcher(unit: Unit): RegExp {
  return new RegExp(`(?<!\\d)${unit.match}(?!\\d)`);
}

/** `02:30` or `02:30:15` as seconds from the beginning of the day; undefined for anything else. */
export function secondsOfDay(atTime: unknown): number | undefined {
  const text = typeof atTime === 'string' ? atTime : '';
  const [, hour, minute, second = '0'] = /^(\d{2}):(\d{2})(?::(\d{2}))?$/.exec(text) ?? [];
  const isTime = Number(hour) < 24 && Number(minute) < 60 && Number(second) < 60;
  return isTime ? Number(hour) * 3600 + Number(minute) * 60 + Number(second) : undefined;
}
