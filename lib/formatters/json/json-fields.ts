/** The fields that a line of JSON begins with: read from the options, checked, and found in what a record holds. */
import { inspect } from 'node:util';
import { RECORD_FIELDS } from '../../core/record-fields';
import { ConfigurationError } from '../../errors';
import { escapeJson } from '../../internal/control-characters';
import { isPlainObject, readProperty } from '../../internal/foreign';
import { didYouMean, closestWord } from '../../internal/did-you-mean';

/** What every line ends with, where the record has it; as a field it is printed in the place of the field. */
const OWN_KEYS = ['error', 'stack', 'caller', 'seq', 'hindsight'] as const;
export type OwnKey = (typeof OWN_KEYS)[number];

const CALLER: ReadonlySet<string> = new Set(['pathname', 'filename', 'module', 'lineno', 'funcName']);
/** Attributes that say which record it is: `maxLineBytes` leaves them alone. */
const HEADING: ReadonlySet<string> = new Set(['time', 'levelname', 'levelno', 'name', 'created']);
/** What an Error always has; besides these it may have properties of its own. */
const ERROR_PARTS: readonly string[] = ['type', 'message', 'stack', 'cause', 'errors'];
/** Those that the package itself gives to a scope or a record. */
const IDS: readonly string[] = ['requestId', 'traceId', 'parentSpanId', 'spanId', 'traceFlags'];
/** `asctime` is what a text formatter makes; here it is `time`. */
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
/** Ours by Python's name. */
const ATTRIBUTES = new Map([
  ['level', 'levelname'],
  ['logger', 'name'],
]);
/** Stands for keys that were left out. */
const MORE_KEY = '…';
/** Keys of the line that begin so are made by the formatter. */
const RESERVED = /^(?:extra|context|own)\./;

/** Names and keys are few in a sane program; a program that makes them up must not grow the caches. */
export const CACHE_LIMIT = 1000;
/** Longer ones come from a peer, if at all. */
export const CACHED_LENGTH = 1024;

/** `,"key":` of keys, made once a key; `write` gives the key as a JSON string. */
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
  /** Key of the line. */
  readonly key: string;
  /** `record` is an attribute, `own` what a line ends with, the rest says whose property it is. */
  readonly from: 'record' | 'own' | 'error' | 'extra' | 'context';
  /** Name of the attribute, or of the property. */
  readonly name: string;
  /** The way below that property. */
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
    // A property of the application's own cannot be known here; one letter off a known part is a mistake.
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
 * @throws ConfigurationError for a field that no record has, and for a key that is given twice or made by the formatter.
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

/** @throws ConfigurationError if a key of `base` stands on the line already. */
function checkBase(keys: readonly string[], fields: readonly JsonField[]): void {
  for (const key of keys) {
    if (isOwnKey(key) || RESERVED.test(key) || fields.some((field) => field.key === key))
      refuse(`"base" must not have the key "${key}", which the line has already.`);
  }
}

/** Room for a time, a level, a logger and a message that are cut; and for one field besides its key. */
const LEAST_LINE = 384;
const LEAST_FIELD = 64;

/** Bytes of a line, its line break included; Infinity without a limit. */
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

/** Where on a line everything stands, and under which keys. */
export interface JsonLayout {
  /** Undefined for time, level, logger and message, which are written faster. */
  readonly fields: readonly JsonField[] | undefined;
  readonly usesCaller: boolean;
  /** Keys that neither an id nor a key of `extra` may have. */
  readonly taken: ReadonlySet<string>;
  /** What the fields print already, by `extra.<key>` and `context.<id>`; undefined where that is nothing. */
  readonly moved: ReadonlySet<string> | undefined;
  /** What the line ends with, and the key it has there. */
  readonly ownKeys: readonly (readonly [name: OwnKey, key: string])[];
  /** Keys that the limit of the line leaves alone, the ids aside. */
  readonly heading: ReadonlySet<string>;
  /** Bytes of a line without its line break. */
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
 * Of the options, and the text of `base`.
 *
 * @throws ConfigurationError for what is wrong with the fields, the keys of `base` or the length.
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
  // A key that begins as those made here gets that beginning once more: no two keys are made the same.
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

/** What stands at a path in a text of JSON, as such a text; undefined where nothing does. */
export function pickJson(json: string, path: readonly string[]): string | undefined {
  if (path.length === 0) return json;
  let value: unknown = JSON.parse(json);
  for (const part of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return undefined;
    value = readProperty(value, part);
  }
  return escapeJson(JSON.stringify(value));
}
