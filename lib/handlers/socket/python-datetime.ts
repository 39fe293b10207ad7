/** The states in which CPython pickles dates and times, as ISO 8601 texts. */

const DATE_BYTES = 4;
const TIME_BYTES = 6;
const DATE_TIME_BYTES = 10;

const two = (value: number | undefined): string => String(value ?? 0).padStart(2, '0');

/** What `isoOffset` returns: an argument of any other length would make a text that nobody paid for. */
function isOffset(zone: unknown): boolean {
  return typeof zone === 'string' && zone.length <= 9 && /^[+-]\d\d:\d\d(?::\d\d)?$/.test(zone);
}

function stateOf(args: readonly unknown[], length: number): Buffer | undefined {
  const [state, zone] = args;
  if (args.length > 2 || (args.length === 2 && !isOffset(zone))) return undefined;
  return Buffer.isBuffer(state) && state.length === length ? state : undefined;
}

/** Month and hour may carry a flag ("fold") in their highest bit. */
function dateText(state: Buffer): string {
  const year = String(state.readUInt16BE(0)).padStart(4, '0');
  return `${year}-${two((state[2] ?? 0) & 0x7f)}-${two(state[3])}`;
}

function timeText(state: Buffer): string {
  const micros = state.readUIntBE(3, 3);
  const fraction = micros === 0 ? '' : `.${String(micros).padStart(6, '0')}`;
  return `${two((state[0] ?? 0) & 0x7f)}:${two(state[1])}:${two(state[2])}${fraction}`;
}

/** `datetime.isoformat()`; undefined for arguments that CPython does not write. */
export function isoDateTime(args: readonly unknown[]): string | undefined {
  const state = stateOf(args, DATE_TIME_BYTES);
  if (state === undefined) return undefined;
  return `${dateText(state)}T${timeText(state.subarray(DATE_BYTES))}${zoneOf(args)}`;
}

/** `date.isoformat()` */
export function isoDate(args: readonly unknown[]): string | undefined {
  const state = stateOf(args, DATE_BYTES);
  return state === undefined || args.length !== 1 ? undefined : dateText(state);
}

/** `time.isoformat()` */
export function isoTime(args: readonly unknown[]): string | undefined {
  const state = stateOf(args, TIME_BYTES);
  return state === undefined ? undefined : timeText(state) + zoneOf(args);
}

/** `timezone(timedelta)`: `+02:00`. Its optional name is not kept. */
export function isoOffset([seconds]: readonly unknown[]): string | undefined {
  if (typeof seconds !== 'number' || Math.abs(seconds) >= 86_400) return undefined;
  const whole = Math.trunc(Math.abs(seconds));
  const rest = whole % 60 === 0 ? '' : `:${two(whole % 60)}`;
  return `${seconds < 0 ? '-' : '+'}${two(Math.floor(whole / 3600))}:${two(Math.floor(whole / 60) % 60)}${rest}`;
}

function zoneOf(args: readonly unknown[]): string {
  return typeof args[1] === 'string' ? args[1] : '';
}
