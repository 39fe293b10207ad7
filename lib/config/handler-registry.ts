/** Handlers by the name of their class, for configuration that is plain data. */
import { inspect } from 'node:util';
import { HANDLER_OPTIONS, type Handler, type HandlerOptions, type RecordFormatter } from '../core/handler';
import { ConfigurationError } from '../errors';
import { isPlainObject } from '../internal/foreign';
import { ConfigPlace } from './config-place';
import { FactoryRegistry, isSubclass } from './factory-registry';
import { formatterNamed, type FormatterName } from './formatter-registry';
import { HANDLER_ROWS, type HandlerRow } from './handler-table';
import { readOptions, withoutNulls, type Settings } from './option-names';

/** A handler as data: its class, its constructor's arguments by name, and its options. */
export interface HandlerData {
  /** Name of a handler class, here or in Python: `FileHandler`, `logging.FileHandler`. */
  readonly class: string;
  readonly formatter?: FormatterName | RecordFormatter;
  readonly [option: string]: unknown;
}

/** Options of every handler. */
const COMMON = Object.keys(HANDLER_OPTIONS);

/** `RotatingFileHandler` and `logging.handlers.RotatingFileHandler`. */
const ROWS: ReadonlyMap<string, HandlerRow> = new Map(
  HANDLER_ROWS.flatMap((row) => [
    [row.type.name, row] as const,
    ...(row.module === undefined ? [] : [[`${row.module}.${row.type.name}`, row] as const]),
  ]),
);

/** Names of the classes, without their modules. */
export const HANDLER_CLASSES: readonly string[] = HANDLER_ROWS.map(({ type }) => type.name);

/** The row of a class by its name, here or in Python. */
export function rowNamed(name: unknown): HandlerRow | undefined {
  return typeof name === 'string' ? ROWS.get(name) : undefined;
}

/** The row of a class, or of the nearest class above it. */
export function rowOf(type: unknown): HandlerRow | undefined {
  let nearest: HandlerRow | undefined;
  for (const row of HANDLER_ROWS) {
    if (isSubclass(type, row.type) && (nearest === undefined || isSubclass(row.type, nearest.type))) {
      nearest = row;
    }
  }
  return nearest;
}

/** Keys that the class knows, besides those of every handler. */
export function keysOf(row: HandlerRow): readonly string[] {
  return [...row.arguments, ...row.options];
}

/**
 * Makes a handler with arguments and options by name.
 *
 * @param type - A subclass of the row's class, to make one of that.
 */
export function construct(row: HandlerRow, settings: Settings, type: unknown = row.type): Handler {
  const converted = Object.fromEntries(
    Object.entries(settings).map(([key, value]) => {
      const convert = row.convert?.[key];
      return [key, convert === undefined ? value : convert(value)];
    }),
  );
  if (row.create !== undefined) return row.create(withoutNulls(converted), type);
  const options = Object.entries(withoutNulls(converted)).filter(([key]) => !row.arguments.includes(key));
  const values = row.arguments.map((key) => converted[key]);
  return new (type as new (...args: unknown[]) => Handler)(...values, Object.fromEntries(options));
}

/** Whether a value is meant as data. */
export function isHandlerData(value: unknown): value is HandlerData {
  return isPlainObject(value) && 'class' in value;
}

/**
 * Makes a handler from data.
 *
 * @throws ConfigurationError for an unknown class or option, and what the class refuses.
 */
export function createHandler(data: HandlerData): Handler {
  const { class: name, formatter, ...given } = data;
  const row = rowNamed(name);
  if (row === undefined) {
    throw new ConfigurationError(
      `handlers: "class" must be one of ${HANDLER_CLASSES.join(', ')}, got ${inspect(name)}.`,
    );
  }
  const place = new ConfigPlace(row.type.name);
  const settings = readOptions(given, [...COMMON, ...keysOf(row)], { place });
  const prepared = row.prepare?.(settings, { place, factories: new FactoryRegistry({}, place) }) ?? settings;
  const common: HandlerOptions = formatter === undefined ? {} : { formatter: formatterNamed(formatter) };
  const handler = construct(row, { ...prepared, ...common });
  row.start?.(handler, prepared);
  return handler;
}
