/** Python's format-spec mini-language: the text after the colon in `{name:>8}`. */
import { FormatError } from '../errors';
import { exponentialText, fixedText, generalText, reprFloat } from './float-text';
import { sizeProblem } from './format-style';
import { codePoints, cutCodePoints, isPythonInt, pythonStr, pythonType, type FieldKind } from './python-text';

interface Spec {
  readonly fill: string;
  readonly align: string | undefined;
  readonly sign: string;
  readonly noNegativeZero: boolean;
  readonly alternate: boolean;
  readonly width: number;
  readonly grouping: string;
  readonly precision: number | undefined;
  readonly type: string;
}

const SPEC = /^(?:(.)(?=[<>=^]))?([<>=^])?([-+ ])?(z)?(#)?(0)?(\d+)?([,_])?(\.(\d*))?(.)?$/su;

function refuse(condition: boolean, message: string): void {
  if (condition) throw new FormatError(message);
}

/** Types that allow a thousands separator. It is also allowed without a type. */
const COMMA_TYPES = 'deEfFgG%';
const UNDERSCORE_TYPES = `${COMMA_TYPES}boxX`;

/** The problem with the sizes in a spec. The precision of a text is the length at which it is cut, so it has no limit. */
function sizesProblem(match: RegExpExecArray | null, typeName: string): string | undefined {
  const [width, precision, type = ''] = [match?.[7], match?.[10], match?.[11]];
  const isText = type === 's' || (type === '' && typeName === 'str');
  return (
    sizeProblem('width', Number(width ?? 0)) ??
    (isText ? undefined : sizeProblem('precision', Number(precision ?? 0)))
  );
}

/** The problem with the width or precision of a spec, as far as it is known without a value. */
export function specProblem(text: string): string | undefined {
  return sizesProblem(SPEC.exec(text), 'str');
}

function parse(text: string, typeName: string): Spec {
  const match = SPEC.exec(text);
  if (match === null) {
    throw new FormatError(`Invalid format specifier '${text}' for object of type '${typeName}'`);
  }
  const [, fill, align, sign = '', z, alternate, zero, width, grouping = '', dot, precision, type = ''] =
    match;
  if (dot !== undefined && precision === '') throw new FormatError('Format specifier missing precision');
  const problem = sizesProblem(match, typeName);
  if (problem !== undefined) throw new FormatError(`Invalid format specifier: ${problem}`);
  const shown = type === '' && typeName === 'str' ? 's' : type;
  const mayGroup = (grouping === ',' ? COMMA_TYPES : UNDERSCORE_TYPES).includes(shown);
  refuse(grouping !== '' && !mayGroup, `Cannot specify '${grouping}' with '${shown}'.`);
  const zeroAlign = zero !== undefined && typeName !== 'str' ? '=' : undefined;
  return {
    fill: fill ?? (zero === undefined ? ' ' : '0'),
    align: align ?? zeroAlign,
    sign,
    noNegativeZero: z !== undefined,
    alternate: alternate !== undefined,
    width: Number(width ?? 0),
    grouping,
    precision: precision === undefined ? undefined : Number(precision),
    type,
  };
}

function place(text: string, lead: string, spec: Spec & { readonly defaultAlign: string }): string {
  const missing = spec.width - codePoints(text) - lead.length;
  if (missing <= 0) return lead + text;
  switch (spec.align ?? spec.defaultAlign) {
    case '<':
      return lead + text + spec.fill.repeat(missing);
    case '=':
      return lead + spec.fill.repeat(missing) + text;
    case '^': {
      const left = Math.floor(missing / 2);
      return spec.fill.repeat(left) + lead + text + spec.fill.repeat(missing - left);
    }
    default:
      return spec.fill.repeat(missing) + lead + text;
  }
}

function formatString(value: string, spec: Spec): string {
  refuse(spec.type !== '' && spec.type !== 's', unknownCode(spec, 'str'));
  refuse(spec.sign === ' ', 'Space not allowed in string format specifier');
  refuse(spec.sign !== '', 'Sign not allowed in string format specifier');
  refuse(spec.noNegativeZero, 'Negative zero coercion (z) not allowed in string format specifier');
  refuse(spec.alternate, 'Alternate form (#) not allowed in string format specifier');
  refuse(spec.align === '=', "'=' alignment not allowed in string format specifier");
  const text = spec.precision === undefined ? value : cutCodePoints(value, spec.precision);
  return place(text, '', { ...spec, defaultAlign: '<' });
}

function unknownCode(spec: Spec, typeName: string): string {
  return `Unknown format code '${spec.type}' for object of type '${typeName}'`;
}

/** Separates the digits before the point, including the zeros that fill the width (`{:010,}`). */
function grouped(text: string, spec: Spec & { readonly size: number; readonly leadLength: number }): string {
  if (spec.grouping === '') return text;
  const match = (spec.size === 4 ? /^[0-9a-f]+/i : /^\d+/).exec(text);
  if (match === null) return text;
  let digits = match[0];
  const rest = text.slice(digits.length);
  const separate = (all: string): string => {
    const first = all.length % spec.size || spec.size;
    const parts = [all.slice(0, first)];
    for (let i = first; i < all.length; i += spec.size) parts.push(all.slice(i, i + spec.size));
    return parts.join(spec.grouping);
  };
  if (spec.fill === '0' && spec.align === '=') {
    const room = spec.width - rest.length - spec.leadLength;
    // The least n with n + ceil(n / size) - 1 >= room: n digits with their separators fill the width.
    digits = digits.padStart(Math.floor((room * spec.size) / (spec.size + 1)) + 1, '0');
  }
  return separate(digits) + rest;
}

function signOf(negative: boolean, spec: Spec): string {
  if (negative) return '-';
  return spec.sign === '-' ? '' : spec.sign;
}

const RADIX: Readonly<Record<string, number>> = { '': 10, d: 10, n: 10, b: 2, o: 8, x: 16, X: 16 };

function formatInteger(value: number | bigint | boolean, spec: Spec): string {
  if ('eEfFgG%'.includes(spec.type) && spec.type !== '') return formatFloat(Number(value), spec);
  const radix = RADIX[spec.type];
  const typeName = typeof value === 'boolean' ? 'bool' : 'int';
  if (radix === undefined && spec.type !== 'c') throw new FormatError(unknownCode(spec, typeName));
  refuse(spec.precision !== undefined, 'Precision not allowed in integer format specifier');
  refuse(spec.noNegativeZero, 'Negative zero coercion (z) not allowed in integer format specifier');
  if (radix === undefined) return formatCharacter(value, spec);
  const whole = BigInt(value);
  let digits = (whole < 0n ? -whole : whole).toString(radix);
  if (spec.type === 'X') digits = digits.toUpperCase();
  const prefix = spec.alternate && radix !== 10 ? `0${spec.type}` : '';
  const lead = signOf(whole < 0n, spec) + prefix;
  const text = grouped(digits, { ...spec, size: radix === 10 ? 3 : 4, leadLength: lead.length });
  return place(text, lead, { ...spec, defaultAlign: '>' });
}

function formatCharacter(value: number | bigint | boolean, spec: Spec): string {
  refuse(spec.sign !== '', "Sign not allowed with integer format specifier 'c'");
  refuse(spec.alternate, "Alternate form (#) not allowed with integer format specifier 'c'");
  const code = Number(value);
  refuse(code < 0 || code > 0x10ffff, '%c arg not in range(0x110000)');
  return place(String.fromCodePoint(code), '', { ...spec, defaultAlign: '>' });
}

function floatDigits(value: number, spec: Spec): string {
  const options = { precision: spec.precision ?? 6, alternate: spec.alternate };
  switch (spec.type.toLowerCase()) {
    case 'f':
      return fixedText(value, options);
    case 'e':
      return exponentialText(value, options);
    case '%':
      return `${fixedText(value * 100, options)}%`;
    case '':
      if (spec.precision === undefined) {
        const text = reprFloat(Math.abs(value));
        return spec.alternate && !text.includes('.') ? text.replace('e', '.e') : text;
      }
      return generalText(value, { ...options, keepPoint: true });
    default:
      return generalText(value, options);
  }
}

function formatFloat(value: number, spec: Spec): string {
  refuse(!'eEfFgGn%'.includes(spec.type), unknownCode(spec, 'float'));
  let digits: string;
  if (Number.isFinite(value)) digits = floatDigits(value, spec);
  else digits = (Number.isNaN(value) ? 'nan' : 'inf') + (spec.type === '%' ? '%' : '');
  if (spec.type !== '' && 'EFG'.includes(spec.type)) digits = digits.toUpperCase();
  let negative = value < 0 || Object.is(value, -0);
  if (negative && spec.noNegativeZero && !/[1-9a-z]/i.test(digits.replace(/e.*/i, ''))) negative = false;
  const lead = signOf(negative, spec);
  const text = grouped(digits, { ...spec, size: 3, leadLength: lead.length });
  return place(text, lead, { ...spec, defaultAlign: '>' });
}

/**
 * Python's format(value, spec).
 *
 * @throws FormatError with Python's message.
 */
export function formatWithSpec(value: unknown, text: string, kind: FieldKind): string {
  if (text === '') return pythonStr(value, kind);
  const typeName = pythonType(value, kind);
  if (typeof value === 'string') return formatString(value, parse(text, typeName));
  if (typeof value === 'boolean' || isPythonInt(value, kind))
    return formatInteger(value, parse(text, typeName));
  if (typeof value === 'number') return formatFloat(value, parse(text, typeName));
  throw new FormatError(`unsupported format string passed to ${typeName}.__format__`);
}
