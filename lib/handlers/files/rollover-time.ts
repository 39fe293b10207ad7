/** The next rollover, in the local time of the process or in UTC. Times are whole seconds since the epoch. */
import type { Schedule } from './when';

const DAY_SECONDS = 86_400;
const SECONDS: Readonly<Record<string, number>> = { S: 1, M: 60, H: 3600, D: DAY_SECONDS };

/** A day of the calendar. `day` may be outside of its month, as Date allows. */
interface Day {
  readonly year: number;
  readonly month: number;
  readonly day: number;
}

function dayOf(seconds: number, utc: boolean): Day {
  const date = new Date(seconds * 1000);
  return utc
    ? { year: date.getUTCFullYear(), month: date.getUTCMonth(), day: date.getUTCDate() }
    : { year: date.getFullYear(), month: date.getMonth(), day: date.getDate() };
}

function plusDays(day: Day, days: number): Day {
  return { ...day, day: day.day + days };
}

interface TimeOfDay {
  readonly secondOfDay: number;
  readonly utc: boolean;
}

/** A local time that is skipped is read with the offset before the change. For one that occurs twice, the first. */
function instant({ year, month, day }: Day, { secondOfDay, utc }: TimeOfDay): number {
  const ms = utc
    ? Date.UTC(year, month, day, 0, 0, secondOfDay)
    : new Date(year, month, day, 0, 0, secondOfDay).getTime();
  return Math.floor(ms / 1000);
}

/** As `instant`, but for a local time that occurs twice, the first one after `now`. */
function instantAfter(now: number, day: Day, time: TimeOfDay): number {
  const first = instant(day, time);
  if (first > now || time.utc) return first;
  const offsetLater = new Date((first + DAY_SECONDS) * 1000).getTimezoneOffset() * 60;
  const second = instant(day, { ...time, utc: true }) + offsetLater;
  return second > now ? second : first;
}

/** The local time, as seconds from the beginning of the day. */
function secondOfDay(seconds: number, utc: boolean): number {
  const date = new Date(seconds * 1000);
  return utc
    ? date.getUTCHours() * 3600 + date.getUTCMinutes() * 60 + date.getUTCSeconds()
    : date.getHours() * 3600 + date.getMinutes() * 60 + date.getSeconds();
}

/** 0 is Monday. Depends on the calendar only, so UTC is right for every time zone. */
function weekday({ year, month, day }: Day): number {
  return (new Date(Date.UTC(year, month, day)).getUTCDay() + 6) % 7;
}

/**
 * S, M, H and D count from `now`. `midnight` and the weekdays are the next local end of the day, or the next local
 * `atTime`, even if the clocks change in between.
 */
export function nextRollover(schedule: Schedule, now: number): number {
  const seconds = SECONDS[schedule.when];
  if (seconds !== undefined) return now + seconds * schedule.count;
  const { dayOfWeek, utc, atTime = DAY_SECONDS } = schedule;
  const today = dayOf(now, utc);
  const step = dayOfWeek === undefined ? 1 : 7;
  let days = dayOfWeek === undefined ? 0 : (dayOfWeek - weekday(today) + 7) % 7;
  if (days === 0 && secondOfDay(now, utc) >= atTime) days = step;
  days += step * (schedule.count - 1);
  return instantAfter(now, plusDays(today, days), { secondOfDay: atTime, utc });
}

/** Whether the time zone has this day: some were skipped when a zone moved across the date line. */
function exists(day: Day): boolean {
  const noon = new Date(day.year, day.month, day.day, 12);
  return noon.getDate() === new Date(Date.UTC(day.year, day.month, day.day)).getUTCDate();
}

/** The beginning of the interval that ends at `rolloverAt`. It gives the backup its name. */
export function intervalStart(schedule: Schedule, rolloverAt: number): number {
  const seconds = SECONDS[schedule.when];
  if (seconds !== undefined) return rolloverAt - seconds * schedule.count;
  const step = schedule.dayOfWeek === undefined ? 1 : 7;
  let day = plusDays(dayOf(rolloverAt, schedule.utc), -step * schedule.count);
  if (!schedule.utc && !exists(day)) day = plusDays(day, -1);
  return instant(day, { secondOfDay: secondOfDay(rolloverAt, schedule.utc), utc: schedule.utc });
}
