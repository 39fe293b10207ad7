/** One conversion of Python's % operator, such as `%(name)-8s`. */
import { FormatError } from '../errors';
import { exponentialText, fixedText, generalText } from './float-text';
import {
  codePoints,
  cutCodePoints,
  isPythonInt,
  pythonAscii,
  pythonRepr,
  pythonStr,
  pythonType,
  type FieldKind,
} from './python-text';

export interface PercentSpec {
  readonly flags: string;
  readonly width: number;
  readonly precision: number | undefined;
  /** One of `diouxXeEfFgGcrsa`. */
  readonly conversion: string;
  readonly kind: FieldKind;
}

/** Sign and prefix are separate from the digits, because zeros go between them. */
interface NumberText {
  readonly lead: string;
  readonly digits: string;
}

function leadOf(negative: boolean, flags: string): string {
  if (negative) return '-';
  if (flags.includes('+')) return '+';
  return flags.includes(' ') ? ' ' : '';
}

function pad({ lead, digits }: NumberText, spec: PercentSpec): string {
  const missing = spec.width - codePoints(digits) - lead.length;
  if (missing <= 0) return lead + digits;
  if (spec.flags.includes('-')) return lead + digits + ' '.repeat(missing);
  return spec.flags.includes('0') ? lead + '0'.repeat(missing) + digits : ' '.repeat(missing) + lead + digits;
}

function truncated(value: number): bigint {
  if (Number.isNaN(value)) throw new FormatError('cannot convert float NaN to integer');
  if (!Number.isFinite(value)) throw new FormatError('cannot convert float infinity to integer');
  return BigInt(Math.trunc(value));
}

function asInteger(value: unknown, spec: PercentSpec): bigint {
  if (typeof value === 'boolean' || isPythonInt(value, spec.kind)) return BigInt(value);
  const decimal = 'diu'.includes(spec.conversion);
  if (decimal && typeof value === 'number') return truncated(value);
  const wanted = decimal ? 'a real number' : 'an integer';
  const got = pythonType(value, spec.kind);
  throw new FormatError(`%${spec.conversion} format: ${wanted} is required, not ${got}`);
}

function integer(value: unknown, spec: PercentSpec): NumberText {
  const whole = asInteger(value, spec);
  const lower = spec.conversion.toLowerCase();
  const radix = lower === 'x' ? 16 : lower === 'o' ? 8 : 10;
  let digits = (whole < 0n ? -whole : whole).toString(radix).padStart(spec.precision ?? 0, '0');
  if (radix !== 10 && spec.flags.includes('#')) digits = `0${lower}${digits}`;
  if (spec.conversion === 'X') digits = digits.toUpperCase();
  const lead = leadOf(whole < 0n, spec.flags);
  // Zeros of the width go after 0x.
  return digits.startsWith('0x') || digits.startsWith('0X') || digits.startsWith('0o')
    ? { lead: lead + digits.slice(0, 2), digits: digits.slice(2) }
    : { lead, digits };
}

function asFloat(value: unknown, spec: PercentSpec): number {
  if (typeof value === 'number') return value;
  if (typeof value === 'bigint' || typeof value === 'boolean') return Number(value);
  throw new FormatError(`must be real number, not ${pythonType(value, spec.kind)}`);
}

function float(value: unknown, spec: PercentSpec): NumberText {
  const number = asFloat(value, spec);
  const options = { precision: spec.precision ?? 6, alternate: spec.flags.includes('#') };
  const lower = spec.conversion.toLowerCase();
  let digits: string;
  if (Number.isNaN(number)) digits = 'nan';
  else if (!Number.isFinite(number)) digits = 'inf';
  else if (lower === 'f') digits = fixedText(number, options);
  else digits = lower === 'e' ? exponentialText(number, options) : generalText(number, options);
  if (lower !== spec.conversion) digits = digits.toUpperCase();
  return { lead: leadOf(number < 0 || Object.is(number, -0), spec.flags), digits };
}

function character(value: unknown, spec: PercentSpec): string {
  if (typeof value === 'string' && codePoints(value) === 1) return value;
  if (typeof value !== 'boolean' && !isPythonInt(value, spec.kind)) {
    throw new FormatError('%c requires int or char');
  }
  const code = Number(value);
  if (code < 0 || code > 0x10ffff) throw new FormatError('%c arg not in range(0x110000)');
  return String.fromCodePoint(code);
}

function text(value: unknown, spec: PercentSpec): string {
  let result: string;
  if (spec.conversion === 'r') result = pythonRepr(value, spec.kind);
  else result = spec.conversion === 'a' ? pythonAscii(value, spec.kind) : pythonStr(value, spec.kind);
  return spec.precision === undefined ? result : cutCodePoints(result, spec.precision);
}

/**
 * The text of a value.
 *
 * @throws FormatError with Python's message if the value does not fit the conversion.
 */
export function convertPercent(value: unknown, spec: PercentSpec): string {
  if ('sra'.includes(spec.conversion)) {
    const result = text(value, spec);
    return spec.width === 0
      ? result
      : pad({ lead: '', digits: result }, { ...spec, flags: spec.flags.replaceAll('0', '') });
  }
  if (spec.conversion === 'c') {
    return pad(
      { lead: '', digits: character(value, spec) },
      { ...spec, flags: spec.flags.replaceAll('0', '') },
    );
  }
  return pad('diouxX'.includes(spec.conversion) ? integer(value, spec) : float(value, spec), spec);
}
