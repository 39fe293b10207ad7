/** What a configuration may look like, and the reading of its parts. */
import { parseLevel, type LevelInput } from '../core/level';
import { closestWord, didYouMean } from '../internal/did-you-mean';
import { isPlainObject } from '../internal/foreign';
import type { Spec } from '../internal/options';
import type { ConfigPlace } from './place';

/** One formatter, filter or handler; a text is a `cfg://` reference. */
export type ConfigEntry = Readonly<Record<string, unknown>> | string;

/** One logger. A text in the place of a list is a `cfg://` reference. */
export interface LoggerConfig {
  /** @defaultValue what it is */
  readonly level?: LevelInput | null;
  /** Hand records on to the loggers above. @defaultValue what it is */
  readonly propagate?: boolean | number | null;
  /** Names of `handlers`. Those that the logger has are taken off. @defaultValue none */
  readonly handlers?: readonly string[] | string | null;
  /** Names of `filters`, filters or functions; added to those that the logger has. @defaultValue none */
  readonly filters?: readonly unknown[] | string | null;
}

/**
 * The schema of Python's logging.config.dictConfig, as it comes from JSON or as an object. Keys of its own that a
 * configuration refers to by `cfg://` may stand beside these.
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
  /** Change levels and `propagate` of what is there, and nothing else. @defaultValue false */
  readonly incremental?: boolean | number | null;
  /** Disable the loggers that exist and are not mentioned, nor below one that is. @defaultValue true */
  readonly disable_existing_loggers?: boolean | number | null;
  /** The same. */
  readonly disableExistingLoggers?: boolean | number | null;
  readonly [key: string]: unknown;
}

/** The keys of an entry and their values. */
export type Settings = Readonly<Record<string, unknown>>;

/** `respect_handler_level` → `respectHandlerLevel`; a key that is known as it stands is left alone. */
function knownKey(key: string, known: readonly string[]): string | undefined {
  if (known.includes(key)) return key;
  // From the first underscore of a run only: from each, a long run would cost quadratic time.
  const camel = key.replace(/(?<!_)_+([a-z\d])/g, (_match, letter: string) => letter.toUpperCase());
  return known.includes(camel) ? camel : undefined;
}

/**
 * The data under the names that the constructors have.
 *
 * @param others - What becomes of unknown keys.
 * @throws ConfigurationError for an unknown key, and for one that is there in both spellings.
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

/** The values for a constructor: what data cannot hold is made of what it has in its place. */
export function fromData(spec: Spec, settings: Settings): Settings {
  const values = Object.entries(spec).flatMap(([name, { fromData: make }]) =>
    make === undefined ? [] : [[name, make(settings[name])] as const],
  );
  return { ...settings, ...Object.fromEntries(values) };
}

/** Python's None is the default. */
export function withoutNulls(settings: Settings): Settings {
  return Object.fromEntries(
    Object.entries(settings).filter(([, value]) => value !== undefined && value !== null),
  );
}

/** The known keys of a configuration, of a logger, and those of a handler that are not its class's. */
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

/** A logger's part of the configuration, read. */
export interface LoggerShape {
  readonly place: ConfigPlace;
  readonly level: number | undefined;
  readonly propagate: boolean | undefined;
  readonly handlers: readonly string[];
  /** Names, or filters themselves. */
  readonly filters: readonly unknown[];
}

/** True, false, or 1 and 0 as Python programs write them. */
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

/** @throws ConfigurationError unless every item is a text. */
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
 * @throws ConfigurationError if it is no object, has no version 1, or has a key that looks like a mistyped one.
 */
export function readConfig(config: unknown, place: ConfigPlace): Record<string, unknown> {
  if (!isPlainObject(config)) throw place.mustBe('an object', config);
  const read = readOptions(config, CONFIG_KEYS, { place, others: 'keep' });
  if (read['version'] !== 1) throw place.at('version').mustBe('1', read['version']);
  return read;
}

/** Keys of the caller's own are for `cfg://`; one that nothing refers to and that looks like ours is a mistake. */
export function refuseMistyped(config: Settings, used: ReadonlySet<string>, place: ConfigPlace): void {
  for (const key of Object.keys(config)) {
    if (CONFIG_KEYS.includes(key) || used.has(key) || closestWord(key, CONFIG_KEYS) === undefined) continue;
    throw place.error(`unknown key "${key}"${didYouMean(key, CONFIG_KEYS)}`);
  }
}
