/** The facilities of syslog: which part of a system speaks. */
import { inspect } from 'node:util';
import { ConfigurationError } from '../../errors';

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

/** @throws ConfigurationError unless `facility` is a name of the table or a number of it. */
export function checkFacility(owner: string, facility: FacilityName | number): FacilityName | number {
  const known =
    typeof facility === 'string'
      ? Object.hasOwn(FACILITY_NAMES, facility)
      : Number.isInteger(facility) && facility >= 0 && facility <= LAST_FACILITY;
  if (known) return facility;
  throw new ConfigurationError(
    `${owner}: "facility" must be an integer from 0 to ${LAST_FACILITY} or one of ` +
      `${Object.keys(FACILITY_NAMES).join(', ')}, got ${inspect(facility)}.`,
  );
}
