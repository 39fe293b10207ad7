/** The abbreviation of the process's time zone at a moment, as `%Z` prints it. */

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
