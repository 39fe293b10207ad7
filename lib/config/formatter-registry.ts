/** Formatters by a short name, for configuration that is plain data. */
import { inspect } from 'node:util';
import type { RecordFormatter } from '../core/handler';
import { ConfigurationError } from '../errors';
import { Formatter, JsonFormatter, PrettyFormatter } from '../formatters';

const FORMATTERS = {
  json: () => new JsonFormatter(),
  pretty: () => new PrettyFormatter(),
  text: () => new Formatter('%(asctime)s %(levelname)s %(name)s: %(message)s'),
} as const satisfies Record<string, () => RecordFormatter>;

export type FormatterName = keyof typeof FORMATTERS;

/**
 * A formatter of that name, or the one given.
 *
 * @throws ConfigurationError for an unknown name.
 */
export function formatterNamed(formatter: FormatterName | RecordFormatter): RecordFormatter {
  if (typeof formatter !== 'string') return formatter;
  if (Object.hasOwn(FORMATTERS, formatter)) return FORMATTERS[formatter]();
  throw new ConfigurationError(
    `"formatter" must be one of ${Object.keys(FORMATTERS).join(', ')} or a formatter, got ${inspect(formatter)}.`,
  );
}
