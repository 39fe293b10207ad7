/** The arguments of a record whose message names them, as `%(user)s`: what Python's logging holds as a dict in `args`. */
import { FormatError } from '../errors';
import { PercentStyle } from '../python-format/percent.style';
import { MAX_FORMAT } from '../python-format/format-style';

/** Most characters of what the placeholders of one message come to: the record may be sent by anybody. */
const MAX_TEXT = 1024 * 1024;

/** A list of one plain object, so that all that reads `args` goes on reading a list. Made by `MappingArguments.of(mapping)`. */
export class MappingArguments extends Array<unknown> {}

/** Python's `message % mapping`; undefined where Python would raise, and so lose the record. */
export function renderMapping(message: string, mapping: object): string | undefined {
  if (message === '' || message.length > MAX_FORMAT) return undefined;
  let length = 0;
  const read = (key: string): unknown => {
    if (Object.hasOwn(mapping, key)) return Reflect.get(mapping, key);
    throw new FormatError(`no argument is named ${JSON.stringify(key)}`);
  };
  const count = (text: string): string => {
    length += text.length;
    if (length > MAX_TEXT) throw new FormatError(`the arguments come to more than ${MAX_TEXT} characters`);
    return text;
  };
  try {
    return new PercentStyle(message).render(read, count);
  } catch {
    // A name that nobody gave, a conversion that does not fit, a getter that throws: the text is printed as it is.
    return undefined;
  }
}
