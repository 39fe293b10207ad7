/** Floating-point numbers as text, with the same digits as C's printf: exact, ties to even. */

const view = new DataView(new ArrayBuffer(8));

/** The absolute value of a finite number as `mantissa × 2^exponent`. */
function binary(value: number): { readonly mantissa: bigint; readonly exponent: number } {
  view.setFloat64(0, value);
  const bits = view.getBigUint64(0);
  const biased = Number((bits >> 52n) & 0x7ffn);
  const fraction = bits & 0xf_ffff_ffff_ffffn;
  if (biased === 0) return { mantissa: fraction, exponent: -1074 };
  return { mantissa: fraction | (1n << 52n), exponent: biased - 1075 };
}

/** The integer nearest to `|value| × 10^power`, ties to even. */
function scaled(value: number, power: number): bigint {
  const { mantissa, exponent } = binary(value);
  let top = mantissa;
  let bottom = 1n;
  if (exponent >= 0) top <<= BigInt(exponent);
  else bottom <<= BigInt(-exponent);
  if (power >= 0) top *= 10n ** BigInt(power);
  else bottom *= 10n ** BigInt(-power);
  const quotient = top / bottom;
  const twice = (top % bottom) * 2n;
  return twice > bottom || (twice === bottom && (quotient & 1n) === 1n) ? quotient + 1n : quotient;
}

/** `precision + 1` significant digits, and the exponent of the first. */
function significant(
  value: number,
  precision: number,
): { readonly digits: string; readonly exponent: number } {
  if (value === 0) return { digits: '0'.repeat(precision + 1), exponent: 0 };
  // The shortest text may be rounded to the next power of ten, so the count of digits corrects the exponent.
  let exponent = Number(Math.abs(value).toExponential().split('e')[1]);
  for (;;) {
    const digits = scaled(value, precision - exponent).toString();
    if (digits.length === precision + 1) return { digits, exponent };
    exponent += digits.length > precision + 1 ? 1 : -1;
  }
}

function point(digits: string, decimals: number): string {
  if (decimals === 0) return digits;
  const all = digits.padStart(decimals + 1, '0');
  return `${all.slice(0, -decimals)}.${all.slice(-decimals)}`;
}

function exponentText(exponent: number): string {
  const sign = exponent < 0 ? '-' : '+';
  return `e${sign}${String(Math.abs(exponent)).padStart(2, '0')}`;
}

function withoutZeros(text: string): string {
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
}

export interface FloatTextOptions {
  readonly precision: number;
  /** C's flag `#`: keep the point, and with `%g` the zeros. */
  readonly alternate?: boolean;
}

/** |value| as C's `%f`. */
export function fixedText(value: number, { precision, alternate = false }: FloatTextOptions): string {
  const text = point(scaled(value, precision).toString(), precision);
  return alternate && precision === 0 ? `${text}.` : text;
}

/** |value| as C's `%e`. */
export function exponentialText(value: number, { precision, alternate = false }: FloatTextOptions): string {
  const { digits, exponent } = significant(value, precision);
  const dot = precision > 0 || alternate ? '.' : '';
  return `${digits.slice(0, 1)}${dot}${digits.slice(1)}${exponentText(exponent)}`;
}

/** |value| as C's `%g`. `keepPoint` is Python's format() without a type: `10.0` instead of `10`. */
export function generalText(
  value: number,
  { precision, alternate = false, keepPoint = false }: FloatTextOptions & { readonly keepPoint?: boolean },
): string {
  const size = Math.max(precision, 1);
  const { digits, exponent } = significant(value, size - 1);
  if (exponent < -4 || exponent >= size - (keepPoint ? 1 : 0)) {
    const mantissa = digits.length > 1 || alternate ? `${digits.slice(0, 1)}.${digits.slice(1)}` : digits;
    return (alternate ? mantissa : withoutZeros(mantissa)) + exponentText(exponent);
  }
  const text = fixedText(value, { precision: Math.max(size - 1 - exponent, 0), alternate });
  const short = alternate ? text : withoutZeros(text);
  return keepPoint && !short.includes('.') ? `${short}.0` : short;
}

/** A float as Python's repr: the shortest digits that give the same number, always with a point or an exponent. */
export function reprFloat(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value < 0 ? '-inf' : 'inf';
  const sign = value < 0 || Object.is(value, -0) ? '-' : '';
  const [mantissa = '', power = '0'] = Math.abs(value).toExponential().split('e');
  const exponent = Number(power);
  const digits = mantissa.replace('.', '');
  if (exponent < -4 || exponent >= 16) return sign + mantissa + exponentText(exponent);
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${digits}`;
  const whole = digits.padEnd(exponent + 1, '0');
  return `${sign}${whole.slice(0, exponent + 1)}.${whole.slice(exponent + 1) || '0'}`;
}
