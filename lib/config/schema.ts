/** The types of a configuration, and the functions that read its parts. */
import { parseLevel, type LevelInput } from '../core/level';
import { closestWord, didYouMean } from '../internal/did-you-mean';
import { isPlainObject } from '../internal/foreign';
import type { Spec } from '../internal/options';
import type { ConfigPlace } from './place';

/** One formatter, filter or handler; a string is a `cfg://` reference. */
export type ConfigEntry = Readonly<Record<string, unknown>> | string;

/** One logger. A string instead of a list is a `cfg://` reference. */
export interface LoggerConfig {
  /** @defaultValue unchanged */
  readonly level?: LevelInput | null;
  /** Pass records on to the parent loggers. @defaultValue unchanged */
  readonly propagate?: boolean | number | null;
  /** Names of `handlers`. They replace the handlers of the logger. @defaultValue none */
  readonly handlers?: readonly string[] | string | null;
  /** Names of `filters`, filters or functions; added to the filters of the logger. @defaultValue none */
  readonly filters?: readonly unknown[] | string | null;
}

/**
 * The schema of Python's logging.config.dictConfig, as JSON data or as an object. It may have additional keys, which
 * `cfg://` references use.
 */
export interface DictConfig {
  /** Always 1. */
  readonly version: number;
  /** `format`, `datefmt`, `style`, `validate`, `defaults`; `class` or `()` for other formatters. */
  readonly formatters?: Readonly<Record<string, ConfigEntry>> | string | null;
  /** `name`, or `()`. */
  readonly filters?: Readonly<Record<string, ConfigEntry>> | string | null;
  /** `class` or `()`, `level`, `formatter`, `filters`, and the arguments of the class by name. */
  readonly handlers?: Readonly<Record<string, ConfigEntry>> | string | null;
  readonly loggers?: Readonly<Record<string, LoggerConfig | string>> | string | null;
  readonly root?: LoggerConfig | string | null;
  /** Only change levels and `propagate` of existing handlers and loggers. @defaultValue false */
  readonly incremental?: boolean | number | null;
  /** Disable existing loggers that are neither mentioned nor descendants of a mentioned logger. @defaultValue true */
  readonly disable_existing_loggers?: boolean | number | null;
  /** The same as `disable_existing_loggers`. */
  readonly disableExistingLoggers?: boolean | number | null;
  readonly [key: string]: unknown;
}

/** The keys of an entry and their values. */
export type Settings = Readonly<Record<string, unknown>>;

/** `respect_handler_level` → `respectHandlerLevel`; a known key is returned unchanged. */
function knownKey(key: string, known: readonly string[]): string | undefined {
  if (known.includes(key)) return key;
  // The lookbehind matches only at the first underscore of a run; otherwise a long run would take quadratic time.
  const camel = key.replace(/(?<!_)_+([a-z\d])/g, (_match, letter: string) => letter.toUpperCase());
  return known.includes(camel) ? camel : undefined;
}

/**
 * Renames the keys to the names that the constructors use.
 *
 * @param others - How to treat unknown keys.
 * @throws ConfigurationError for an unknown key, and for a key that is given in both spellings.
 */
export function readOptions(
  data: Settings,
  known: readonly string[],
  { place, others = 'refuse' }: { readonly place: ConfigPlace; readonly others?: 'refuse' | 'keep' },
): Record<string, unknown> {
  const read = new Map<string, unknown>();
  for (const [given, value] of Object.entries(data)) {
    const key = knownKey(given, known) ?? given;
    if (others === 'refuse' && !known.includes(key)) {
      throw place.error(`unknown option "${given}"${didYouMean(given, known)}`);
    }
    if (read.has(key)) throw place.error(`"${key}" is given twice, also as "${given}".`);
    read.set(key, value);
  }
  return Object.fromEntries(read);
}

/** Converts the values for a constructor with `fromData`, for options whose real value cannot be data. */
export function fromData(spec: Spec, settings: Settings): Settings {
  const values = Object.entries(spec).flatMap(([name, { fromData: make }]) =>
    make === undefined ? [] : [[name, make(settings[name])] as const],
  );
  return { ...settings, ...Object.fromEntries(values) };
}

/** Removes null and undefined: Python's None means the default. */
export function withoutNulls(settings: Settings): Settings {
  return Object.fromEntries(
    Object.entries(settings).filter(([, value]) => value !== undefined && value !== null),
  );
}

/** The known keys of a configuration. */
export const CONFIG_KEYS: readonly string[] = [
  'version',
  'formatters',
  'filters',
  'handlers',
  'loggers',
  'root',
  'incremental',
  'disableExistingLoggers',
];
const LOGGER_KEYS: readonly string[] = ['level', 'propagate', 'handlers', 'filters'];

/** The parsed entry of one logger. */
export interface LoggerShape {
  readonly place: ConfigPlace;
  readonly level: number | undefined;
  readonly propagate: boolean | undefined;
  readonly handlers: readonly string[];
  /** Names, or filters themselves. */
  readonly filters: readonly unknown[];
}

/** True, false, 1 or 0: Python programs also use numbers. */
export function readFlag(value: unknown, place: ConfigPlace): boolean | undefined {
  if (value === undefined || value === null) return undefined;
  if (value === true || value === 1) return true;
  if (value === false || value === 0) return false;
  throw place.mustBe('true or false', value);
}

/** @throws ConfigurationError `ERR_LOG_LEVEL` */
export function readLevel(value: unknown, place: ConfigPlace): number | undefined {
  if (value === undefined || value === null) return undefined;
  try {
    return parseLevel(value as LevelInput);
  } catch (error) {
    throw place.failed(error);
  }
}

export function readList(value: unknown, place: ConfigPlace): readonly unknown[] {
  if (value === undefined || value === null) return [];
  if (Array.isArray(value)) return value;
  throw place.mustBe('a list', value);
}

/** @throws ConfigurationError unless every item is a string. */
export function readNames(value: unknown, place: ConfigPlace): readonly string[] {
  return readList(value, place).map((name, index) => {
    if (typeof name === 'string') return name;
    throw place.at(index).mustBe('a name', name);
  });
}

/** The entries of a section, in their order. */
export function readSection(value: unknown, place: ConfigPlace): readonly (readonly [string, Settings])[] {
  if (value === undefined || value === null) return [];
  if (!isPlainObject(value)) throw place.mustBe('an object with an entry for each name', value);
  return Object.entries(value).map(([name, entry]) => {
    if (!isPlainObject(entry)) throw place.at(name).mustBe('an object', entry);
    return [name, entry] as const;
  });
}

export function readLogger(value: unknown, place: ConfigPlace): LoggerShape {
  if (!isPlainObject(value)) throw place.mustBe('an object', value);
  const { level, propagate, handlers, filters } = readOptions(value, LOGGER_KEYS, { place });
  return {
    place,
    level: readLevel(level, place.at('level')),
    propagate: readFlag(propagate, place.at('propagate')),
    handlers: readNames(handlers, place.at('handlers')),
    filters: readList(filters, place.at('filters')),
  };
}

/**
 * The known keys of the configuration, under their camelCase names.
 *
 * @throws ConfigurationError if it is not an object, its version is not 1, or a key looks mistyped.
 */
export function readConfig(config: unknown, place: ConfigPlace): Record<string, unknown> {
  if (!isPlainObject(config)) throw place.mustBe('an object', config);
  const read = readOptions(config, CONFIG_KEYS, { place, others: 'keep' });
  if (read['version'] !== 1) throw place.at('version').mustBe('1', read['version']);
  return read;
}

/** Additional keys are for `cfg://`. A key that no reference uses and that looks like a known key is an error. */
export function refuseMistyped(config: Settings, used: ReadonlySet<string>, place: ConfigPlace): void {
  for (const key of Object.keys(config)) {
    if (CONFIG_KEYS.includes(key) || used.has(key) || closestWord(key, CONFIG_KEYS) === undefined) continue;
    throw place.error(`unknown key "${key}"${didYouMean(key, CONFIG_KEYS)}`);
  }
}
