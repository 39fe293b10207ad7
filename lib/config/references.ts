/** Replaces `cfg://` and `ext://` references by their values. */
import { CRITICAL, DEBUG, ERROR, INFO, NOTSET, WARNING } from '../core/level';
import { SysLogHandler } from '../handlers';
import { didYouMean } from '../internal/did-you-mean';
import { isPlainObject } from '../internal/foreign';
import type { ConfigPlace } from './place';

/** Supported Python names. They are functions because the value may change, for example `process.stdout`. */
const BUILT_IN_VALUES: Readonly<Record<string, () => unknown>> = {
  'sys.stdout': () => process.stdout,
  'sys.stderr': () => process.stderr,
  'socket.SOCK_STREAM': () => 'stream',
  'socket.SOCK_DGRAM': () => 'dgram',
  'logging.CRITICAL': () => CRITICAL,
  'logging.FATAL': () => CRITICAL,
  'logging.ERROR': () => ERROR,
  'logging.WARNING': () => WARNING,
  'logging.WARN': () => WARNING,
  'logging.INFO': () => INFO,
  'logging.DEBUG': () => DEBUG,
  'logging.NOTSET': () => NOTSET,
};

/** Facilities and priorities are constants of the class: `logging.handlers.SysLogHandler.LOG_LOCAL0`. */
const SYSLOG = /^logging\.handlers\.SysLogHandler\.(LOG_[A-Z\d]+)$/;

function syslogConstant(name: string): unknown {
  const constant = SYSLOG.exec(name)?.[1] ?? '';
  return Object.hasOwn(SysLogHandler, constant) ? Reflect.get(SysLogHandler, constant) : undefined;
}

/** Values by name: the caller's and the built-in ones. */
export class Externals {
  readonly #given: Readonly<Record<string, unknown>>;

  constructor(given: Readonly<Record<string, unknown>> = {}) {
    this.#given = given;
  }

  /** @throws ConfigurationError that lists the known names. */
  find(name: string, place: ConfigPlace): unknown {
    if (Object.hasOwn(this.#given, name)) return this.#given[name];
    const builtIn = Object.hasOwn(BUILT_IN_VALUES, name) ? BUILT_IN_VALUES[name] : undefined;
    if (builtIn !== undefined) return builtIn();
    const constant = syslogConstant(name);
    if (constant !== undefined) return constant;
    const known = [...Object.keys(this.#given), ...Object.keys(BUILT_IN_VALUES)];
    throw place.error(`ext://${name} is not registered in "externals"${didYouMean(name, known)}`);
  }
}

/** A placeholder for an object that is not created yet, such as `cfg://handlers.file` or the name of a target. */
export class SectionRef {
  readonly section: 'formatters' | 'filters' | 'handlers';
  readonly name: string;

  constructor(section: SectionRef['section'], name: string) {
    this.section = section;
    this.name = name;
  }
}

/** Maximum depth of objects, lists and references, because the functions that read a configuration are recursive. */
export const MAX_DEPTH = 100;

/**
 * Replaces each reference by the result of `find`. Values with references are copied, values without are returned
 * unchanged. Objects of the program (from `ext://`) contain no references: they may be circular, may have any depth, and
 * are never copied.
 */
export function replaceReferences(value: unknown, find: (reference: SectionRef) => unknown): unknown {
  /** The copies of visited objects and lists. */
  const seen = new Map<object, unknown>();
  const replace = (value: unknown, depth: number): unknown => {
    if (value instanceof SectionRef) return find(value);
    if ((!Array.isArray(value) && !isPlainObject(value)) || depth > MAX_DEPTH) return value;
    if (seen.has(value)) return seen.get(value);
    seen.set(value, value);
    const entries = Object.entries(value).map(([key, item]) => [key, replace(item, depth + 1)] as const);
    const isChanged = entries.some(([key, item]) => item !== (value as Record<string, unknown>)[key]);
    if (!isChanged) return value;
    const copy = Array.isArray(value) ? entries.map(([, item]) => item) : Object.fromEntries(entries);
    seen.set(value, copy);
    return copy;
  };
  return replace(value, 0);
}

/** The references in a value, at any depth. */
export function referencesIn(value: unknown): readonly SectionRef[] {
  const found: SectionRef[] = [];
  replaceReferences(value, (reference) => {
    found.push(reference);
    return reference;
  });
  return found;
}

const REFERENCE = /^(cfg|ext):\/\/(.*)$/s;
const WORD = /^\s*([\p{L}\p{N}_]+)\s*/u;
const DOT = /^\.\s*([\p{L}\p{N}_]+)\s*/u;
const INDEX = /^\[([^[\]]*)\]\s*/;
const OBJECTS = /^(formatters|filters|handlers)$/;

/** Maximum values that references copy. Forty keys that each refer twice to the key before would need a terabyte. */
const MAX_COPIES = 20_000;

/** `list[0].name` → `['list', '0', 'name']`; undefined for other forms. */
function stepsOf(path: string): readonly string[] | undefined {
  const first = WORD.exec(path);
  if (first === null) return undefined;
  const steps = [first[1] ?? ''];
  let rest = path.slice(first[0].length);
  while (rest !== '') {
    const next = DOT.exec(rest) ?? INDEX.exec(rest);
    if (next === null) return undefined;
    steps.push((next[1] ?? '').trim());
    rest = rest.slice(next[0].length);
  }
  return steps;
}

/** Finds an own entry only: data must not reach `__proto__` or a method. */
function entryOf(value: unknown, key: string): { readonly value: unknown } | undefined {
  if (Array.isArray(value)) {
    const index = Number(key);
    return /^\d+$/.test(key) && index < value.length ? { value: value[index] as unknown } : undefined;
  }
  return isPlainObject(value) && Object.hasOwn(value, key) ? { value: value[key] } : undefined;
}

/** Resolves the references of one configuration. */
export class ConfigReferences {
  readonly #config: Readonly<Record<string, unknown>>;
  readonly #externals: Externals;
  readonly #place: ConfigPlace;
  /** References and containers that are being resolved now: if one occurs again, there is a cycle. */
  readonly #following: string[] = [];
  readonly #inside = new Set<unknown>();
  readonly #used = new Set<string>();
  #copies = 0;

  constructor(config: Readonly<Record<string, unknown>>, externals: Externals, place: ConfigPlace) {
    this.#config = config;
    this.#externals = externals;
    this.#place = place;
  }

  /** Top-level keys that a reference has used. */
  get used(): ReadonlySet<string> {
    return this.#used;
  }

  /**
   * A copy of a value with every reference in it replaced. Objects that are not plain data stay as they are.
   *
   * @param objects - `cfg://handlers.x` means the handler itself, not its description.
   * @throws ConfigurationError for an unknown or circular reference, for more than 100 levels, and if references copy
   * more than 20000 values.
   */
  resolve(value: unknown, place: ConfigPlace, objects = false): unknown {
    if (this.#following.length > 0 && ++this.#copies > MAX_COPIES) {
      throw this.#place.error(`cfg:// references copy more than ${MAX_COPIES} values.`);
    }
    if (typeof value === 'string') return this.#resolveText(value, place, objects);
    const isList = Array.isArray(value);
    if (!isList && !isPlainObject(value)) return value;
    if (this.#inside.has(value)) throw place.error('contains itself.');
    this.#refuseDepth();
    this.#inside.add(value);
    const resolved = isList
      ? value.map((item: unknown, index) => this.resolve(item, place.at(index), objects))
      : Object.fromEntries(
          Object.entries(value).map(([key, item]) => [key, this.resolve(item, place.at(key), objects)]),
        );
    this.#inside.delete(value);
    return resolved;
  }

  #resolveText(text: string, place: ConfigPlace, objects: boolean): unknown {
    const [, kind, path = ''] = REFERENCE.exec(text) ?? [];
    if (kind === undefined) return text;
    if (kind === 'ext') return this.#externals.find(path, place);
    const steps = stepsOf(path);
    if (steps === undefined)
      throw place.mustBe('a reference such as cfg://handlers.file or cfg://list[0]', text);
    const [section = '', name, ...deeper] = steps;
    this.#used.add(section);
    if (objects && OBJECTS.test(section) && name !== undefined && deeper.length === 0) {
      this.#follow(text, steps, place);
      return new SectionRef(section as SectionRef['section'], name);
    }
    if (this.#following.includes(text)) {
      const cycle = [...this.#following.slice(this.#following.indexOf(text)), text];
      throw place.error(`references form a cycle: ${cycle.join(' -> ')}.`);
    }
    this.#refuseDepth();
    this.#following.push(text);
    const resolved = this.resolve(this.#follow(text, steps, place), place, objects);
    this.#following.pop();
    return resolved;
  }

  #refuseDepth(): void {
    if (this.#inside.size + this.#following.length < MAX_DEPTH) return;
    throw this.#place.error(`objects, lists and references lie more than ${MAX_DEPTH} levels deep.`);
  }

  #follow(text: string, steps: readonly string[], place: ConfigPlace): unknown {
    if (steps.length > MAX_DEPTH) throw place.error(`a reference has at most ${MAX_DEPTH} steps.`);
    let value: unknown = this.#config;
    let at = this.#place;
    for (const step of steps) {
      // A value on the path may itself be a reference: `cfg://common.format` where `common` is `cfg://shared`.
      const here = typeof value === 'string' ? this.resolve(value, place) : value;
      const entry = entryOf(here, step);
      if (entry === undefined) {
        const where = at.path === '' ? 'the configuration' : `"${at.path}"`;
        throw place.error(`${text} leads nowhere: ${where} has no "${step}".`);
      }
      value = entry.value;
      at = at.at(step);
    }
    return value;
  }
}
