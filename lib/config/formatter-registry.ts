/** Formatters by a short name, for configuration that is plain data. */
import { inspect } from 'node:util';
import type { RecordFormatter } from '../core/handler';
import { ConfigurationError } from '../errors';

const FORMATTERS = {
  json: undefined,
  pretty: undefined,
  text: undefined,
} as const;

export type FormatterName = keyof typeof FORMATTERS;

/** The formatter of that name, or the one given. */
export function formatterNamed(formatter: FormatterName | RecordFormatter): RecordFormatter | undefined {
  if (typeof formatter !== 'string') return formatter;
  if (Object.hasOwn(FORMATTERS, formatter)) return FORMATTERS[formatter];
  throw new ConfigurationError(
    `"formatter" must be one of ${Object.keys(FORMATTERS).join(', ')} or a formatter, got ${inspect(formatter)}.`,
  );
}
