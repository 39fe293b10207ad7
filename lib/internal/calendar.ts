/** A moment as the parts of a wall clock, in UTC or in the process's time zone. */


/** ICU knows an abbreviation only where people of that language use it, so several are asked. */
const LOCALES = ['en-US', 'en-GB', 'en-AU', 'en-CA', 'en-IN', 'en-NZ', 'en-ZA', 'ja-JP'] as const;

/** A name such as `GMT+5:30` is ICU's way of saying that it has none. */
const NO_NAME = /^(?:GMT|UTC)[+\u2212-]/;

/** Abbreviations of ICU's own for Lord Howe Island and Western Central Australia, which tzdata does not have. */
const INVENTED: ReadonlySet<string> = new Set(['LHST', 'LHDT', 'ACWST', 'ACWDT']);

function askIcu(date: Date): string | undefined {
  for (const locale of LOCALES) {
    const parts = new Intl.DateTimeFormat(locale, { timeZoneName: 'short' }).formatToParts(date);
    const name = parts.find((part) => part.type === 'timeZoneName')?.value;
    if (name !== undefined && !NO_NAME.test(name) && /^[A-Z]{3,5}$/.test(name) && !INVENTED.has(name))
      return name;
  }
  return undefined;
}

/** `+0530`, or with `short` what tzdata writes for a nameless zone: `+11`, `+0545`. */
export function offsetText(date: Date, { short = false } = {}): string {
  const minutes = -date.getTimezoneOffset();
  const abs = Math.abs(minutes);
  const hours = String(Math.floor(abs / 60)).padStart(2, '0');
  const rest = Math.floor(abs % 60);
  return (minutes < 0 ? '-' : '+') + hours + (short && rest === 0 ? '' : String(rest).padStart(2, '0'));
}

/** The zone's abbreviation where ICU has one, and its offset otherwise. Costs microseconds: cache per second. */
export function zoneName(date: Date): string {
  return askIcu(date) ?? offsetText(date, { short: true });
}

/** Parts of a moment, as C's `struct tm` but with the full year and the month from 1. */
export interface WallClock {
  readonly epoch: number;
  readonly year: number;
  /** 1 to 12. */
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  /** 0 is Sunday. */
  readonly weekday: number;
  /** Day of the year, from 1. */
  readonly yearday: number;
  /** `+0100`. */
  readonly offset: () => string;
  /** `CET`. */
  readonly zone: () => string;
}

const DAY_MS = 86_400_000;

/** Days since the epoch; Date.UTC takes the years 0 to 99 for 1900 to 1999. */
function dayNumber(year: number, month: number, day: number): number {
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  return Math.floor(date.getTime() / DAY_MS);
}

/** The parts of whole seconds since the epoch, or undefined where Date cannot follow (±8.64e12). */
export function wallClock(epoch: number, { utc }: { readonly utc: boolean }): WallClock | undefined {
  const date = new Date(epoch * 1000);
  if (Number.isNaN(date.getTime())) return undefined;
  const year = utc ? date.getUTCFullYear() : date.getFullYear();
  const month = 1 + (utc ? date.getUTCMonth() : date.getMonth());
  const day = utc ? date.getUTCDate() : date.getDate();
  let zone: string | undefined;
  return {
    epoch,
    year,
    month,
    day,
    hour: utc ? date.getUTCHours() : date.getHours(),
    minute: utc ? date.getUTCMinutes() : date.getMinutes(),
    second: utc ? date.getUTCSeconds() : date.getSeconds(),
    weekday: utc ? date.getUTCDay() : date.getDay(),
    yearday: dayNumber(year, month, day) - dayNumber(year, 1, 1) + 1,
    offset: () => (utc ? '+0000' : offsetText(date)),
    // Asking ICU can take a millisecond, and a pattern may hold many `%Z`.
    zone: () => (zone ??= utc ? 'GMT' : zoneName(date)),
  };
}

/** Week of the year, 0 to 53, of weeks that begin on `first` (0 Sunday, 1 Monday). */
export function weekOfYear(clock: WallClock, first: 0 | 1): number {
  return Math.floor((clock.yearday + 6 - ((clock.weekday - first + 7) % 7)) / 7);
}

/** ISO 8601 week and the year that it belongs to. */
export function isoWeek(clock: WallClock): { readonly year: number; readonly week: number } {
  // The Thursday of a week decides to which year the week belongs.
  const thursday = clock.yearday + 4 - (clock.weekday === 0 ? 7 : clock.weekday);
  const days = dayNumber(clock.year + 1, 1, 1) - dayNumber(clock.year, 1, 1);
  if (thursday > days) return { year: clock.year + 1, week: 1 };
  if (thursday >= 1) return { year: clock.year, week: Math.ceil(thursday / 7) };
  const before = dayNumber(clock.year, 1, 1) - dayNumber(clock.year - 1, 1, 1);
  return { year: clock.year - 1, week: Math.ceil((thursday + before) / 7) };
}
