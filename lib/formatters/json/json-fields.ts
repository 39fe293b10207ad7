/** The `fields` option of JsonFormatter: reads and checks it, and computes which keys a line has. */
import { inspect } from 'node:util';
import { RECORD_FIELDS } from '../../core/record-fields';
import { ConfigurationError } from '../../errors';
import { escapeJson } from '../../internal/control-characters';
import { isPlainObject, readProperty } from '../../internal/foreign';
import { didYouMean, closestWord } from '../../internal/did-you-mean';

/** The last keys of a line, if the record has them. Those named in `fields` are printed at that position instead. */
const OWN_KEYS = ['error', 'stack', 'caller', 'seq', 'hindsight'] as const;
export type OwnKey = (typeof OWN_KEYS)[number];

const CALLER: ReadonlySet<string> = new Set(['pathname', 'filename', 'module', 'lineno', 'funcName']);
/** Attributes that identify the record: `maxLineBytes` does not cut them. */
const HEADING: ReadonlySet<string> = new Set(['time', 'levelname', 'levelno', 'name', 'created']);
/** The known parts of an Error, which may also have other properties. */
const ERROR_PARTS: readonly string[] = ['type', 'message', 'stack', 'cause', 'errors'];
/** Ids that the package itself sets on a scope or a record. */
const IDS: readonly string[] = ['requestId', 'traceId', 'parentSpanId', 'spanId', 'traceFlags'];
/** Without `asctime`, which only text formatters create; the JSON field is `time`. */
const RECORD_NAMES = [...RECORD_FIELDS.keys()].filter((name) => name !== 'asctime');
const NAMES: readonly string[] = [...new Set(['time', 'level', 'logger', ...OWN_KEYS, ...RECORD_NAMES])];
const KNOWN: readonly string[] = [
  ...NAMES,
  ...IDS,
  ...ERROR_PARTS.map((part) => `error.${part}`),
  'error.<property>',
  'extra.<key>',
  'context.<id>',
];
/** Our field names and Python's names for them. */
const ATTRIBUTES = new Map([
  ['level', 'levelname'],
  ['logger', 'name'],
]);
/** The key that reports omitted keys. */
const MORE_KEY = '…';
/** Only the formatter creates keys with these prefixes. */
const RESERVED = /^(?:extra|context|own)\./;

/** Maximum entries of a cache. Most programs use few names and keys, but generated ones must not fill the memory. */
export const CACHE_LIMIT = 1000;
/** Maximum characters of a cached name or key. Longer ones are rare and not cached. */
export const CACHED_LENGTH = 1024;

/** Returns a cached function that makes `,"key":` of a key. `write` converts the key to a JSON string. */
export function keyTexts(write: (key: string) => string): (key: string) => string {
  const texts = new Map<string, string>();
  return (key) => {
    const known = texts.get(key);
    if (known !== undefined) return known;
    const text = `,${write(key)}:`;
    if (key.length <= CACHED_LENGTH) {
      if (texts.size >= CACHE_LIMIT) texts.clear();
      texts.set(key, text);
    }
    return text;
  };
}

export interface JsonField {
  /** Key in the line. */
  readonly key: string;
  /** `record`: an attribute; `own`: one of `OWN_KEYS`; otherwise the object that has the property. */
  readonly from: 'record' | 'own' | 'error' | 'extra' | 'context';
  /** Name of the attribute, or of the property. */
  readonly name: string;
  /** The path below that property. */
  readonly path: readonly string[];
}

function refuse(sentence: string): never {
  throw new ConfigurationError(`JsonFormatter: ${sentence}`);
}

function isOwnKey(name: string): name is OwnKey {
  return (OWN_KEYS as readonly string[]).includes(name);
}

function fieldOf(key: string, field: unknown): JsonField {
  if (typeof field !== 'string') refuse(`"fields" must name a field for "${key}", got ${typeof field}.`);
  if (RESERVED.test(key) && key !== field)
    refuse(`"fields" must not have the key "${key}": keys with that beginning are made by the formatter.`);
  if (isOwnKey(field)) return { key, from: 'own', name: field, path: [] };
  if (NAMES.includes(field)) return { key, from: 'record', name: ATTRIBUTES.get(field) ?? field, path: [] };
  if (IDS.includes(field)) return { key, from: 'context', name: field, path: [] };
  const [root = '', name = '', ...path] = field.split('.');
  if (name !== '' && path.every((part) => part !== '')) {
    if (root === 'extra' || root === 'context') return { key, from: root, name, path };
    // An Error may have any property, so unknown names are accepted, except those that look like a mistyped known part.
    const isKnown = ERROR_PARTS.includes(name) || closestWord(name, ERROR_PARTS) === undefined;
    if (root === 'error' && isKnown) return { key, from: root, name, path };
  }
  const hint =
    root === field ? ` A key of "extra" is "extra.${field}", an id of the scope "context.${field}".` : '';
  return refuse(`"fields" has an unknown field "${field}"${didYouMean(field, KNOWN)}${hint}`);
}

/**
 * The fields of the option, with their keys.
 *
 * @throws ConfigurationError for a field that no record has, a duplicate key, and a key that the formatter creates.
 */
function compileFields(wanted: unknown): readonly JsonField[] {
  const isList = Array.isArray(wanted);
  if (!isList && !isPlainObject(wanted))
    refuse('"fields" must be a list of fields, or an object of keys and fields.');
  const entries: readonly (readonly [string, unknown])[] = isList
    ? (wanted as readonly unknown[]).map((name) => [String(name), name] as const)
    : Object.entries(wanted as object);
  const fields = entries.map(([key, field]) => fieldOf(key, field));
  fields.forEach(({ key }, at) => {
    if (fields.findIndex((field) => field.key === key) < at) refuse(`"fields" names "${key}" twice.`);
  });
  return fields;
}

/** @throws ConfigurationError if the line already has a key of `base`. */
function checkBase(keys: readonly string[], fields: readonly JsonField[]): void {
  for (const key of keys) {
    if (isOwnKey(key) || RESERVED.test(key) || fields.some((field) => field.key === key))
      refuse(`"base" must not have the key "${key}", which the line has already.`);
  }
}

/** Minimum bytes for time, level, logger and a cut message, and for one field without its key. */
const LEAST_LINE = 384;
const LEAST_FIELD = 64;

/** Maximum bytes of a line, including its line break; Infinity without a limit. */
function lineBytes(value: unknown, base: string, fields: readonly JsonField[]): number {
  if (value === undefined) return Number.POSITIVE_INFINITY;
  const keys = fields.reduce((sum, { key }) => sum + Buffer.byteLength(key) + LEAST_FIELD, 0);
  const least = LEAST_LINE + Buffer.byteLength(base) + keys;
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= least) return value;
  return refuse(
    `"maxLineBytes" must be an integer of at least ${least}, which a line with these fields and this "base" needs, ` +
      `got ${inspect(value)}.`,
  );
}

/** The order of a line and its keys. */
export interface JsonLayout {
  /** Undefined for the default (time, level, logger and message), which has a faster path. */
  readonly fields: readonly JsonField[] | undefined;
  readonly usesCaller: boolean;
  /** Keys that neither an id nor a key of `extra` may have. */
  readonly taken: ReadonlySet<string>;
  /** `extra.<key>` and `context.<id>` that the fields already print; undefined if there are none. */
  readonly moved: ReadonlySet<string> | undefined;
  /** The last keys of the line, and the names under which they are printed. */
  readonly ownKeys: readonly (readonly [name: OwnKey, key: string])[];
  /** Keys besides the ids that `maxLineBytes` does not cut. */
  readonly heading: ReadonlySet<string>;
  /** Maximum bytes of a line without its line break. */
  readonly maxBytes: number;
  readonly idKey: (key: string) => string;
  readonly extraKey: (key: string) => string;
}

export interface LayoutOptions {
  readonly fields?: unknown;
  readonly base?: Readonly<Record<string, unknown>>;
  readonly maxLineBytes?: unknown;
}

/**
 * Computes the layout from the options and the text of `base`.
 *
 * @throws ConfigurationError for wrong fields, keys of `base` or `maxLineBytes`.
 */
export function makeLayout(options: LayoutOptions, base: string): JsonLayout {
  const fields = compileFields(options.fields ?? ['time', 'level', 'logger', 'message']);
  const baseKeys = Object.keys(options.base ?? {});
  checkBase(baseKeys, fields);
  const keys = new Set(fields.map(({ key }) => key));
  const taken = new Set<string>([...OWN_KEYS, MORE_KEY, ...keys, ...baseKeys]);
  const moved = new Set(
    fields
      .filter(
        ({ from, path }) => path.length === 0 && (from === 'own' || from === 'extra' || from === 'context'),
      )
      .map(({ from, name }) => `${from}.${name}`),
  );
  const heading = fields.filter(
    ({ from, name }) => from === 'context' || (from === 'record' && HEADING.has(name)),
  );
  // A key that already begins with such a prefix gets it again, so that two keys never become the same.
  const isTaken = (key: string): boolean => taken.has(key) || RESERVED.test(key);
  return {
    fields: options.fields === undefined ? undefined : fields,
    usesCaller: fields.some(({ from, name }) => from === 'record' && CALLER.has(name)),
    taken,
    moved: moved.size === 0 ? undefined : moved,
    ownKeys: OWN_KEYS.filter((name) => !moved.has(`own.${name}`)).map((name) => [
      name,
      keys.has(name) ? `own.${name}` : name,
    ]),
    heading: new Set([...heading.map(({ key }) => key), ...baseKeys]),
    maxBytes: lineBytes(options.maxLineBytes, base, fields) - 1,
    idKey: (key) => (isTaken(key) ? `context.${key}` : key),
    extraKey: (key) => (isTaken(key) ? `extra.${key}` : key),
  };
}

/** Reads the value at a path of a JSON text and returns it as JSON. Returns undefined if the path does not exist. */
export function pickJson(json: string, path: readonly string[]): string | undefined {
  if (path.length === 0) return json;
  let value: unknown = JSON.parse(json);
  for (const part of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return undefined;
    value = readProperty(value, part);
  }
  return escapeJson(JSON.stringify(value));
}
