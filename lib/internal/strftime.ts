/** strftime: a moment as text by a pattern, with the directives and flags of glibc in the C locale. */
import { inspect } from 'node:util';
import { ConfigurationError } from '../errors';
import { isoWeek, wallClock, weekOfYear, type WallClock } from './calendar';

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
  /** What the flag `#` does to the letters. */
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

/** Every directive that is understood; any other stays in the text as it is. */
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

/** Most characters of a pattern. Each can come to 200 in the text, such as those of `%999c`. */
const MAX_PATTERN = 1000;

/** @throws ConfigurationError unless it is a text of at most 1000 characters. */
export function checkTimePattern(owner: string, option: string, pattern: string | undefined): void {
  if (pattern === undefined || (typeof pattern === 'string' && pattern.length <= MAX_PATTERN)) return;
  const got = typeof pattern === 'string' ? `${pattern.length} characters` : inspect(pattern);
  throw new ConfigurationError(
    `${owner}: "${option}" must be a strftime pattern of at most ${MAX_PATTERN} characters, got ${got}.`,
  );
}

/** Flags, width, the modifiers E and O of other locales (which change nothing in the C locale), directive. */
const DIRECTIVE = /%([-_0^#]*)(\d{0,3})[EO]?([A-Za-z%])/g;

interface Padding {
  readonly flags: string;
  /** Of the pattern; 0 without one. */
  readonly width: number;
  /** Of the directive itself. */
  readonly least: number;
  readonly pad: '0' | ' ';
}

function padded(text: string, { flags, width, least, pad }: Padding): string {
  // `-` takes the directive's own padding away, and a width is then filled with spaces.
  if (flags.includes('-')) return text.padStart(width);
  const fill = flags.includes('_') ? ' ' : flags.includes('0') ? '0' : pad;
  const size = Math.max(width, least);
  // Zeros stand between the sign and the digits.
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
 * Whole seconds since the epoch as text, in the process's time zone or in UTC; undefined beyond ±8.64e12 s.
 *
 * Directives: `%a %A %b %B %c %C %d %D %e %F %g %G %h %H %I %j %k %l %m %M %n %p %P %r %R %s %S %t %T %u %U %V %w %W
 * %x %X %y %Y %z %Z %%`, with glibc's flags `- _ 0 ^ #` and a width, on every platform. `%Z` is an abbreviation where
 * ICU has one (`CET`), and the offset (`+0545`) otherwise.
 */
export function strftime(
  pattern: string,
  epoch: number,
  options: { readonly utc: boolean },
): string | undefined {
  const clock = wallClock(epoch, options);
  return clock === undefined ? undefined : render(clock, pattern);
}
