/** Named arguments of a message such as `%(user)s`. Python's logging has them as a dict in `args`. */
import { FormatError } from '../errors';
import { MAX_FORMAT } from '../python-format/format-style';
import { PercentStyle } from '../python-format/percent.style';

/** Maximum characters that the placeholders of a message may produce, since anybody may send the record. */
const MAX_TEXT = 1024 * 1024;

/** A list with one plain object, so that `args` is always a list. Created with `MappingArguments.of(mapping)`. */
export class MappingArguments extends Array<unknown> {}

/** Python's `message % mapping`. Undefined where Python raises an error and loses the record. */
export function renderMapping(message: string, mapping: object): string | undefined {
  if (message === '' || message.length > MAX_FORMAT) return undefined;
  let length = 0;
  const read = (key: string): unknown => {
    if (Object.hasOwn(mapping, key)) return Reflect.get(mapping, key);
    throw new FormatError(`no argument is named ${JSON.stringify(key)}`);
  };
  const count = (text: string): string => {
    length += text.length;
    if (length > MAX_TEXT) throw new FormatError(`the arguments have more than ${MAX_TEXT} characters`);
    return text;
  };
  try {
    return new PercentStyle(message).render(read, count);
  } catch {
    // An unknown name, an invalid conversion or a getter that throws. Then the message is printed as it is.
    return undefined;
  }
}
