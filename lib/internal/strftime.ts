/** strftime: a moment as text by a pattern, with the directives and flags of glibc in the C locale. */
import { accepting } from './options';

/** ICU has an abbreviation only in locales whose people use it, so several are tried. */
const LOCALES = ['en-US', 'en-GB', 'en-AU', 'en-CA', 'en-IN', 'en-NZ', 'en-ZA', 'ja-JP'] as const;

/** ICU returns a name such as `GMT+5:30` if it has no abbreviation. */
const NO_NAME = /^(?:GMT|UTC)[+\u2212-]/;

/** Abbreviations of ICU for Lord Howe Island and Western Central Australia that tzdata does not have. */
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

/** `+0530`, or with `short` the name that tzdata gives a zone without an abbreviation: `+11`, `+0545`. */
export function offsetText(date: Date, { short = false } = {}): string {
  const minutes = -date.getTimezoneOffset();
  const abs = Math.abs(minutes);
  const hours = String(Math.floor(abs / 60)).padStart(2, '0');
  const rest = Math.floor(abs % 60);
  return (minutes < 0 ? '-' : '+') + hours + (short && rest === 0 ? '' : String(rest).padStart(2, '0'));
}

/** The zone's abbreviation if ICU has one, else its offset. Takes microseconds. */
export function zoneName(date: Date): string {
  return askIcu(date) ?? offsetText(date, { short: true });
}

/** The parts of a time, as C's `struct tm`, but with the full year and the month from 1. */
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

/** Days since the epoch. Without Date.UTC, which reads the years 0 to 99 as 1900 to 1999. */
function dayNumber(year: number, month: number, day: number): number {
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  return Math.floor(date.getTime() / DAY_MS);
}

/** The parts of whole seconds since the epoch. Undefined beyond the range of Date (±8.64e12). */
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
    // ICU may take a millisecond, and a pattern may contain many `%Z`.
    zone: () => (zone ??= utc ? 'GMT' : zoneName(date)),
  };
}

/** Week of the year, 0 to 53. Weeks begin on `first` (0 Sunday, 1 Monday). */
export function weekOfYear(clock: WallClock, first: 0 | 1): number {
  return Math.floor((clock.yearday + 6 - ((clock.weekday - first + 7) % 7)) / 7);
}

/** ISO 8601 week, and the year of the week. */
export function isoWeek(clock: WallClock): { readonly year: number; readonly week: number } {
  // A week belongs to the year of its Thursday.
  const thursday = clock.yearday + 4 - (clock.weekday === 0 ? 7 : clock.weekday);
  const days = dayNumber(clock.year + 1, 1, 1) - dayNumber(clock.year, 1, 1);
  if (thursday > days) return { year: clock.year + 1, week: 1 };
  if (thursday >= 1) return { year: clock.year, week: Math.ceil(thursday / 7) };
  const before = dayNumber(clock.year, 1, 1) - dayNumber(clock.year - 1, 1, 1);
  return { year: clock.year - 1, week: Math.ceil((thursday + before) / 7) };
}

const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'] as const;
const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
] as const;

const dayName = (clock: WallClock): string => DAYS[clock.weekday] ?? '?';
const monthName = (clock: WallClock): string => MONTHS[clock.month - 1] ?? '?';
const hour12 = (clock: WallClock): number => clock.hour % 12 || 12;
const halfDay = (clock: WallClock): string => (clock.hour < 12 ? 'AM' : 'PM');

interface NumberDirective {
  readonly number: (clock: WallClock) => number;
  readonly width: number;
  readonly pad: '0' | ' ';
}

interface TextDirective {
  readonly text: (clock: WallClock) => string;
  /** The case that the flag `#` selects. */
  readonly swapped: 'upper' | 'lower';
}

interface CompositeDirective {
  readonly pattern: string;
}

type Directive = NumberDirective | TextDirective | CompositeDirective;

function digits(width: number, number: (clock: WallClock) => number, pad: '0' | ' ' = '0'): NumberDirective {
  return { number, width, pad };
}

function letters(text: (clock: WallClock) => string, swapped: 'upper' | 'lower' = 'upper'): TextDirective {
  return { text, swapped };
}

/** All known directives. Others stay in the text. */
export const DIRECTIVES: ReadonlyMap<string, Directive> = new Map<string, Directive>([
  ['a', letters((clock) => dayName(clock).slice(0, 3))],
  ['A', letters(dayName)],
  ['b', letters((clock) => monthName(clock).slice(0, 3))],
  ['B', letters(monthName)],
  ['c', { pattern: '%a %b %e %H:%M:%S %Y' }],
  ['C', digits(2, (clock) => Math.floor(clock.year / 100))],
  ['d', digits(2, (clock) => clock.day)],
  ['D', { pattern: '%m/%d/%y' }],
  ['e', digits(2, (clock) => clock.day, ' ')],
  ['F', { pattern: '%Y-%m-%d' }],
  ['g', digits(2, (clock) => ((isoWeek(clock).year % 100) + 100) % 100)],
  ['G', digits(1, (clock) => isoWeek(clock).year)],
  ['h', letters((clock) => monthName(clock).slice(0, 3))],
  ['H', digits(2, (clock) => clock.hour)],
  ['I', digits(2, hour12)],
  ['j', digits(3, (clock) => clock.yearday)],
  ['k', digits(2, (clock) => clock.hour, ' ')],
  ['l', digits(2, hour12, ' ')],
  ['m', digits(2, (clock) => clock.month)],
  ['M', digits(2, (clock) => clock.minute)],
  ['n', letters(() => '\n')],
  ['p', letters(halfDay, 'lower')],
  ['P', letters((clock) => halfDay(clock).toLowerCase(), 'lower')],
  ['r', { pattern: '%I:%M:%S %p' }],
  ['R', { pattern: '%H:%M' }],
  ['s', digits(1, (clock) => clock.epoch, ' ')],
  ['S', digits(2, (clock) => clock.second)],
  ['t', letters(() => '\t')],
  ['T', { pattern: '%H:%M:%S' }],
  ['u', digits(1, (clock) => clock.weekday || 7)],
  ['U', digits(2, (clock) => weekOfYear(clock, 0))],
  ['V', digits(2, (clock) => isoWeek(clock).week)],
  ['w', digits(1, (clock) => clock.weekday)],
  ['W', digits(2, (clock) => weekOfYear(clock, 1))],
  ['x', { pattern: '%m/%d/%y' }],
  ['X', { pattern: '%H:%M:%S' }],
  ['y', digits(2, (clock) => ((clock.year % 100) + 100) % 100)],
  ['Y', digits(1, (clock) => clock.year)],
  ['z', letters((clock) => clock.offset())],
  ['Z', letters((clock) => clock.zone(), 'lower')],
  ['%', letters(() => '%')],
]);

/** Maximum characters of a pattern. Each may produce 200 characters, as in `%999c`. */
const MAX_PATTERN = 1000;

/** An option that is a pattern. */
export const TIME_PATTERN = accepting(
  `a strftime pattern of at most ${MAX_PATTERN} characters`,
  (pattern): pattern is string => typeof pattern === 'string' && pattern.length <= MAX_PATTERN,
);

/** Flags, width, the modifiers E and O (which change nothing in the C locale), directive. */
const DIRECTIVE = /%([-_0^#]*)(\d{0,3})[EO]?([A-Za-z%])/g;

interface Padding {
  readonly flags: string;
  /** Width in the pattern, 0 if it was not given. */
  readonly width: number;
  /** Default width of the directive. */
  readonly least: number;
  readonly pad: '0' | ' ';
}

function padded(text: string, { flags, width, least, pad }: Padding): string {
  // `-` removes the directive's own padding. A width is filled with spaces then.
  if (flags.includes('-')) return text.padStart(width);
  const fill = flags.includes('_') ? ' ' : flags.includes('0') ? '0' : pad;
  const size = Math.max(width, least);
  // Zeros go between the sign and the digits.
  if (fill === '0' && text.startsWith('-')) return `-${text.slice(1).padStart(size - 1, '0')}`;
  return text.padStart(size, fill);
}

function cased(text: string, flags: string, swapped: 'upper' | 'lower'): string {
  if (flags.includes('#')) return swapped === 'lower' ? text.toLowerCase() : text.toUpperCase();
  return flags.includes('^') ? text.toUpperCase() : text;
}

function render(clock: WallClock, pattern: string): string {
  // oxlint-disable-next-line max-params -- the groups of the expression
  return pattern.replace(DIRECTIVE, (whole, flags: string, digits: string, letter: string) => {
    const directive = DIRECTIVES.get(letter);
    if (directive === undefined) return whole;
    const width = Number(digits);
    if ('number' in directive) {
      const text = String(directive.number(clock));
      return padded(text, { flags, width, least: directive.width, pad: directive.pad });
    }
    if ('pattern' in directive) {
      return padded(cased(render(clock, directive.pattern), flags.replace('#', ''), 'upper'), {
        flags,
        width,
        least: 0,
        pad: ' ',
      });
    }
    return padded(cased(directive.text(clock), flags, directive.swapped), {
      flags,
      width,
      least: 0,
      pad: ' ',
    });
  });
}

/**
 * Formats whole seconds since the epoch, in the process's time zone or in UTC. Undefined beyond ±8.64e12 s.
 *
 * Directives: `%a %A %b %B %c %C %d %D %e %F %g %G %h %H %I %j %k %l %m %M %n %p %P %r %R %s %S %t %T %u %U %V %w %W
 * %x %X %y %Y %z %Z %%`, with glibc's flags `- _ 0 ^ #` and a width, on every platform. `%Z` is ICU's abbreviation
 * (`CET`) if
 * there is one, else the offset (`+0545`).
 */
export function strftime(
  pattern: string,
  epoch: number,
  options: { readonly utc: boolean },
): string | undefined {
  const clock = wallClock(epoch, options);
  return clock === undefined ? undefined : render(clock, pattern);
}
