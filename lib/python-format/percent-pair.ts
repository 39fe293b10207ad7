/** Python's `pattern % (text, number)`, which joins a time and its milliseconds. */
import { FormatError } from '../errors';
import { sizeProblem } from './format-style';
import { convertPercent } from './percent-conversion';

const CONVERSION = /%(?:(%)|([-+ 0#]*)(\d*)(?:\.(\d*))?[hlL]?([diouxXeEfFgGcrsa]))/g;

/** @throws FormatError when the pattern does not take exactly two values. */
export function formatPair(pattern: string, text: string, number: number): string {
  // The default, and by far the most frequent.
  if (pattern === '%s,%03d' && number >= 0) return `${text},${String(Math.trunc(number)).padStart(3, '0')}`;
  const values = [text, number];
  let used = 0;
  const result = pattern.replace(
    CONVERSION,
    // oxlint-disable-next-line max-params -- the groups of the expression
    (
      _whole,
      percent: string | undefined,
      flags = '',
      width = '',
      precision: string | undefined,
      conversion = '',
    ) => {
      if (percent !== undefined) return '%';
      if (used >= values.length) throw new FormatError('not enough arguments for format string');
      const problem = sizeProblem('width', Number(width)) ?? sizeProblem('precision', Number(precision ?? 0));
      if (problem !== undefined) throw new FormatError(`${pattern}: ${problem}`);
      return convertPercent(values[used++], {
        flags: String(flags),
        width: Number(width),
        precision: precision === undefined ? undefined : Number(precision),
        conversion: String(conversion),
        kind: used === 2 ? 'float' : undefined,
      });
    },
  );
  if (used < values.length) throw new FormatError('not all arguments converted during string formatting');
  return result;
}
