/** The facilities of syslog: which part of a system speaks. */
import { accepting } from '../../internal/options';

/** Numbers by name, as `SysLogHandler.facility_names` of CPython 3.14. */
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

/** An option that is a facility. */
export const FACILITY = accepting(
  `the name of a facility, or its number from 0 to ${LAST_FACILITY}`,
  isFacility,
  { fallback: 'user', advice: `names are ${Object.keys(FACILITY_NAMES).join(', ')}` },
);
