/** Creates the formatters of a configuration from a short name, a class or a factory. */
import { inspect } from 'node:util';
import { FORMATTER_CLASSES } from '../core/class-descriptions';
import type { RecordFormatter } from '../core/handler';
import { ConfigurationError } from '../errors';
import { Formatter } from '../formatters';
import { didYouMean } from '../internal/did-you-mean';
import type { Spec } from '../internal/options';
import { callFactory, isSubclass, type AnyConstructor, type FactoryRegistry } from './factories';
import type { ConfigPlace } from './place';
import { fromData, readOptions, withoutNulls, type Settings } from './schema';

interface FormatterRow {
  readonly spec: Spec;
  /** Option names that an entry may have. */
  readonly options: readonly string[];
  readonly create: (settings: Settings) => RecordFormatter;
}

/** The format of the short name `text`. */
const TEXT = '%(asctime)s %(levelname)s %(name)s: %(message)s';

/** The first argument of Formatter is called `format` in a configuration; its real name `fmt` is accepted too. */
function textRow(spec: Spec, format?: string): FormatterRow {
  return {
    spec,
    options: ['format', 'fmt', ...Object.keys(spec)],
    create: ({ fmt = format, format: given = fmt, ...rest }) => new Formatter(given as string, rest),
  };
}

const ROWS = new Map<string, FormatterRow>();
const SHORT = new Map<string, FormatterRow>();

for (const { type, options, shortName } of FORMATTER_CLASSES) {
  const create = (settings: Settings): RecordFormatter =>
    new (type as AnyConstructor)(settings) as RecordFormatter;
  const row =
    type === Formatter ? textRow(options) : { spec: options, options: Object.keys(options), create };
  ROWS.set(type.name, row);
  if (type === Formatter) ROWS.set('logging.Formatter', row);
  if (type === Formatter) SHORT.set('text', textRow(options, TEXT));
  if (shortName !== undefined) SHORT.set(shortName, row);
}
for (const [name, row] of SHORT) ROWS.set(name, row);

/** A short name, which can be used without an entry in `formatters`. */
export type FormatterName = 'json' | 'logfmt' | 'pretty' | 'rfc5424' | 'text';

/** All short names. */
export const FORMATTER_NAMES = [...SHORT.keys()].toSorted() as readonly FormatterName[];

/**
 * Creates the formatter with this short name; returns a formatter object unchanged.
 *
 * @throws ConfigurationError for an unknown name.
 */
export function formatterNamed(formatter: FormatterName | RecordFormatter): RecordFormatter {
  if (typeof formatter !== 'string') return formatter;
  const row = SHORT.get(formatter);
  if (row !== undefined) return row.create({});
  throw new ConfigurationError(
    `"formatter" must be one of ${FORMATTER_NAMES.join(', ')} or a formatter, got ${inspect(formatter)}.`,
  );
}

/** Whether the value has a `format` method, so that a handler can use it as its formatter. */
export function isFormatter(value: unknown): value is RecordFormatter {
  return (
    typeof value === 'object' && value !== null && 'format' in value && typeof value.format === 'function'
  );
}

/** Creates an instance of the user's class: a subclass of Formatter gets its arguments, any other class one object. */
function callClass(type: unknown, settings: Settings): unknown {
  if (!isSubclass(type, Formatter)) return callFactory(type as AnyConstructor, settings);
  const { format, fmt = format, ...options } = settings;
  return new (type as AnyConstructor)(fmt, options);
}

/**
 * Creates a formatter from one entry of `formatters`.
 *
 * @throws ConfigurationError for an unknown class, factory or option, and if the class throws.
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
    row === undefined ? given : withoutNulls(fromData(row.spec, readOptions(given, row.options, { place })));
  let made: unknown;
  try {
    made = row === undefined ? callClass(factory, settings) : row.create(settings);
  } catch (error) {
    throw place.failed(error, Object.keys(given));
  }
  if (isFormatter(made)) return made;
  throw place.at(key).mustBe('a factory that returns an object with format(record)', made);
}
