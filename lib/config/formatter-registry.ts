/** Formatters by name, for configuration that is plain data: one row a class. */
import { inspect } from 'node:util';
import type { RecordFormatter } from '../core/handler';
import { ConfigurationError } from '../errors';
import { Formatter, JsonFormatter, PrettyFormatter, Rfc5424Formatter } from '../formatters';
import { FORMATTER_OPTIONS } from '../formatters/formatter';
import { JSON_OPTIONS } from '../formatters/json.formatter';
import { PRETTY_OPTIONS } from '../formatters/pretty.formatter';
import { RFC5424_OPTIONS } from '../formatters/rfc5424.formatter';
import type { ConfigPlace } from './config-place';
import { callFactory, isSubclass, type AnyConstructor, type FactoryRegistry } from './factory-registry';
import { didYouMean } from '../internal/did-you-mean';
import { readOptions, withoutNulls, type Settings } from './option-names';

interface FormatterRow {
  readonly options: readonly string[];
  readonly create: (settings: Settings) => RecordFormatter;
}

/** Python's default, and what `text` prints. */
const TEXT = '%(asctime)s %(levelname)s %(name)s: %(message)s';

function formatterRow(format?: string): FormatterRow {
  return {
    options: ['format', ...Object.keys(FORMATTER_OPTIONS)],
    create: ({ format: given = format, ...options }) => new Formatter(given as string | undefined, options),
  };
}

const JSON_ROW: FormatterRow = {
  options: Object.keys(JSON_OPTIONS),
  create: (options) => new JsonFormatter(options),
};
const PRETTY_ROW: FormatterRow = {
  options: Object.keys(PRETTY_OPTIONS),
  create: (options) => new PrettyFormatter(options),
};
const RFC5424_ROW: FormatterRow = {
  options: Object.keys(RFC5424_OPTIONS),
  create: (options) => new Rfc5424Formatter(options),
};
const PLAIN_ROW = formatterRow();

/** Short names, which a handler's data may use without describing the formatter. */
const SHORT = { json: JSON_ROW, pretty: PRETTY_ROW, rfc5424: RFC5424_ROW, text: formatterRow(TEXT) } as const;
const ROWS: ReadonlyMap<string, FormatterRow> = new Map<string, FormatterRow>([
  ...Object.entries(SHORT),
  ['Formatter', PLAIN_ROW],
  ['logging.Formatter', PLAIN_ROW],
  ['JsonFormatter', JSON_ROW],
  ['PrettyFormatter', PRETTY_ROW],
  ['Rfc5424Formatter', RFC5424_ROW],
]);

export type FormatterName = keyof typeof SHORT;

/** The names that need no description. */
export const FORMATTER_NAMES = Object.keys(SHORT) as readonly FormatterName[];

/**
 * A formatter of that name, or the one given.
 *
 * @throws ConfigurationError for an unknown name.
 */
export function formatterNamed(formatter: FormatterName | RecordFormatter): RecordFormatter {
  if (typeof formatter !== 'string') return formatter;
  if (Object.hasOwn(SHORT, formatter)) return SHORT[formatter].create({});
  throw new ConfigurationError(
    `"formatter" must be one of ${FORMATTER_NAMES.join(', ')} or a formatter, got ${inspect(formatter)}.`,
  );
}

/** Whether something can be given to a handler as its formatter. */
export function isFormatter(value: unknown): value is RecordFormatter {
  return (
    typeof value === 'object' && value !== null && 'format' in value && typeof value.format === 'function'
  );
}

/** A class of the caller's: one that extends Formatter is called as that is, any other with one object. */
function callClass(type: unknown, settings: Settings): unknown {
  if (!isSubclass(type, Formatter)) return callFactory(type as AnyConstructor, settings);
  const { format, fmt = format, ...options } = settings;
  return new (type as AnyConstructor)(fmt, options);
}

/**
 * Makes a formatter of one entry of `formatters`.
 *
 * @throws ConfigurationError for an unknown class, factory or option, and what the class refuses.
 */
export function createFormatter(
  entry: Settings,
  factories: FactoryRegistry,
  place: ConfigPlace,
): RecordFormatter {
  const { '()': factoryName, class: className, ...given } = entry;
  const key = factoryName === undefined || factoryName === null ? 'class' : '()';
  const spec = factoryName ?? className ?? 'Formatter';
  const factory = factories.find(spec);
  const row = factory === undefined && typeof spec === 'string' ? ROWS.get(spec) : undefined;
  if (factory === undefined && row === undefined) {
    const known = [...ROWS.keys(), ...factories.names];
    if (typeof spec !== 'string') throw place.at(key).mustBe('a name, a class or a function', spec);
    throw place.at(key).error(`"${spec}" is no formatter and not in "factories"${didYouMean(spec, known)}`);
  }
  const settings =
    row === undefined ? given : withoutNulls(readOptions(given, ['fmt', ...row.options], { place }));
  let made: unknown;
  try {
    made = row === undefined ? callClass(factory, settings) : row.create(withFormat(settings));
  } catch (error) {
    throw place.failed(error, Object.keys(given));
  }
  if (isFormatter(made)) return made;
  throw place.at(key).mustBe('a factory that returns an object with format(record)', made);
}

/** `fmt`, the name of the constructor's argument, is as good as `format`. */
function withFormat({ fmt, format = fmt, ...settings }: Settings): Settings {
  return format === undefined ? settings : { ...settings, format };
}
