/** Finds handler classes by name and creates handlers from plain data. */
import { inspect } from 'node:util';
import { HANDLER_CLASSES, type ClassDescription } from '../core/class-descriptions';
import { HANDLER_SPEC, type Handler, type HandlerOptions, type RecordFormatter } from '../core/handler';
import { ConfigurationError } from '../errors';
import { QueueHandler } from '../handlers';
import { isPlainObject } from '../internal/foreign';
import { readOptions as checkOptions, readValues } from '../internal/options';
import { FactoryRegistry, isSubclass } from './factories';
import { formatterNamed, type FormatterName } from './formatters';
import { ConfigPlace } from './place';
import { QUEUE_ENTRY, type HandlerEntry } from './queue-entries';
import { fromData, readOptions, withoutNulls, type Settings } from './schema';

/** A handler as data: its class, its constructor's arguments by name, and its options. */
export interface HandlerData {
  /** Name of a handler class, here or in Python: `FileHandler`, `logging.FileHandler`. */
  readonly class: string;
  readonly formatter?: FormatterName | RecordFormatter;
  readonly [option: string]: unknown;
}

/** A class, and how a handler is created from an entry of a configuration. */
export interface HandlerRow extends ClassDescription<Handler>, HandlerEntry {
  /** Names of the options that an entry may have, without the options of all handlers. */
  readonly optionNames: readonly string[];
}

/** Options that a configuration sets in another way or cannot contain: a clock is code. */
const NOT_HERE: readonly string[] = [...Object.keys(HANDLER_SPEC), 'clock'];

function rowFor(description: ClassDescription<Handler>): HandlerRow {
  const own = description.type === QueueHandler ? { ...description, ...QUEUE_ENTRY } : description;
  const options = { ...description.options, ...own.options };
  return { ...own, options, optionNames: Object.keys(options).filter((name) => !NOT_HERE.includes(name)) };
}

export const HANDLER_ROWS: readonly HandlerRow[] = HANDLER_CLASSES.map(rowFor);

/** `RotatingFileHandler` and `logging.handlers.RotatingFileHandler`. */
const ROWS: ReadonlyMap<string, HandlerRow> = new Map(
  HANDLER_ROWS.flatMap((row) => [
    [row.type.name, row] as const,
    ...(row.module === null ? [] : [[`${row.module}.${row.type.name}`, row] as const]),
  ]),
);

/** Names of the classes, without their modules. */
export const HANDLER_NAMES: readonly string[] = HANDLER_ROWS.map(({ type }) => type.name);

/** The row of a class by its name, here or in Python. */
export function rowNamed(name: unknown): HandlerRow | undefined {
  return typeof name === 'string' ? ROWS.get(name) : undefined;
}

/** The row of a class, or of its nearest base class. */
export function rowOf(type: unknown): HandlerRow | undefined {
  let nearest: HandlerRow | undefined;
  for (const row of HANDLER_ROWS) {
    if (isSubclass(type, row.type) && (nearest === undefined || isSubclass(row.type, nearest.type))) {
      nearest = row;
    }
  }
  return nearest;
}

/** Names of the arguments and options, without the options of all handlers. */
export function keysOf(row: HandlerRow): readonly string[] {
  return [...Object.keys(row.arguments), ...row.optionNames];
}

function valuesOf(row: HandlerRow, settings: Settings): Settings {
  return fromData({ ...row.arguments, ...row.options }, settings);
}

/**
 * Checks arguments and options as the constructor does, without creating a handler.
 *
 * @throws ConfigurationError as the constructor does.
 */
export function checkSettings(row: HandlerRow, given: Settings): void {
  const { type, options: spec, together } = row;
  const settings = valuesOf(row, given);
  const values = readValues(row.arguments, settings, type.name);
  const own = Object.entries(settings).filter(([name]) => Object.hasOwn(spec, name));
  const options = checkOptions(spec, Object.fromEntries(own), type.name);
  together?.(type.name, { ...options, ...values } as never);
}

/**
 * Creates a handler from arguments and options by name.
 *
 * @param type - The class to create: the row's class or a subclass.
 */
export function construct(row: HandlerRow, given: Settings, type: unknown = row.type): Handler {
  const settings = valuesOf(row, given);
  if (row.create !== undefined) return row.create(withoutNulls(settings), type);
  const names = Object.keys(row.arguments);
  const options = Object.entries(withoutNulls(settings)).filter(([key]) => !names.includes(key));
  const values = names.map((key) => settings[key]);
  return new (type as new (...args: unknown[]) => Handler)(...values, Object.fromEntries(options));
}

/** Whether a value is handler data: a plain object with `class`. */
export function isHandlerData(value: unknown): value is HandlerData {
  return isPlainObject(value) && 'class' in value;
}

/**
 * Creates a handler from data.
 *
 * @throws ConfigurationError for an unknown class or option, and if the constructor throws.
 */
export function createHandler(data: HandlerData): Handler {
  const { class: name, formatter, ...given } = data;
  const row = rowNamed(name);
  if (row === undefined) {
    throw new ConfigurationError(
      `handlers: "class" must be one of ${HANDLER_NAMES.join(', ')}, got ${inspect(name)}.`,
    );
  }
  const place = new ConfigPlace(row.type.name);
  const settings = readOptions(given, [...Object.keys(HANDLER_SPEC), ...keysOf(row)], { place });
  const prepared = row.prepare?.(settings, { place, factories: new FactoryRegistry({}, place) }) ?? settings;
  const common: HandlerOptions = formatter === undefined ? {} : { formatter: formatterNamed(formatter) };
  const handler = construct(row, { ...prepared, ...common });
  row.start?.(handler, prepared);
  return handler;
}
