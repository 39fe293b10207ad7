/** Takes secrets out of values before they are printed, without touching the values of the application. */
import type { LogRecord } from '../core/log-record';
import { advance, compilePaths, type PathNode } from './redact-paths';

/** What formatters know of redaction. */
export interface RedactOptions {
  /**
   * Paths of values that must not be printed: in `extra`, in each object among the message's arguments, in the scope's
   * ids, and in the own properties of an Error. A bare key (`password`) is one at the top of these, `*.token` one level
   * below, `req.headers.authorization` exactly that, `items[*].card` each item's, `**.secret` any depth. Case of keys
   * does not matter.
   * @defaultValue none
   */
  readonly redact?: readonly string[];
  /** Printed in place of the value. @defaultValue '[Redacted]' */
  readonly censor?: string;
}

/** What a request log must never hold: credentials in the headers of `headers`, `req.headers` and the like. */
export const DEFAULT_REDACTIONS: readonly string[] = [
  'authorization',
  'cookie',
  'set-cookie',
  'proxy-authorization',
].flatMap((header) => [`headers.${header}`, `*.headers.${header}`]);

/** Deeper or larger values are replaced as a whole: what was not looked at is not printed. */
const MAX_DEPTH = 32;
const MAX_VALUES = 50_000;

/** One walk over one value. */
class Walk {
  readonly #outer: object[] = [];
  #visited = 0;

  constructor(readonly censor: string) {}

  value(value: unknown, nodes: readonly PathNode[]): unknown {
    if (typeof value !== 'object' || value === null || nodes.length === 0) return value;
    if (this.#outer.includes(value)) return '[Circular]';
    if (this.#outer.length >= MAX_DEPTH || ++this.#visited > MAX_VALUES) return '[Too large to redact]';
    this.#outer.push(value);
    try {
      return this.#container(value, nodes);
    } catch {
      // A getter or Proxy that throws: what cannot be checked is not printed.
      return this.censor;
    } finally {
      this.#outer.pop();
    }
  }

  #container(value: object, nodes: readonly PathNode[]): unknown {
    if (Array.isArray(value)) return this.#array(value, nodes);
    if (value instanceof Map) return this.#map(value, nodes);
    if (value instanceof Date || ArrayBuffer.isView(value) || value instanceof RegExp) return value;
    if (value instanceof Set) return new Set(this.#array([...(value as Set<unknown>)], nodes));
    const toJson: unknown = Reflect.get(value, 'toJSON');
    if (typeof toJson === 'function' && !(value instanceof Error)) {
      const shown: unknown = toJson.call(value);
      if (typeof shown !== 'object' || shown === null || shown === value) return shown;
      return this.#object(shown, nodes);
    }
    return this.#object(value, nodes);
  }

  /** The value to print under a key; the same one when nothing below it is secret. */
  #child(key: string, value: unknown, nodes: readonly PathNode[]): unknown {
    const reached = advance(nodes, key);
    if (reached.length === 0) return value;
    return value !== undefined && reached.some((node) => node.end) ? this.censor : this.value(value, reached);
  }

  #array(items: readonly unknown[], nodes: readonly PathNode[]): readonly unknown[] {
    let copy: unknown[] | undefined;
    for (let i = 0; i < items.length; i++) {
      const item = items[i];
      const shown = this.#child(String(i), item, nodes);
      if (shown !== item) (copy ??= [...items])[i] = shown;
    }
    return copy ?? items;
  }

  #map(map: ReadonlyMap<unknown, unknown>, nodes: readonly PathNode[]): ReadonlyMap<unknown, unknown> {
    let copy: Map<unknown, unknown> | undefined;
    for (const [key, item] of map) {
      const shown =
        typeof key === 'string' || typeof key === 'number' ? this.#child(String(key), item, nodes) : item;
      if (shown !== item) (copy ??= new Map(map)).set(key, shown);
    }
    return copy ?? map;
  }

  #object(value: object, nodes: readonly PathNode[]): object {
    let copy: object | undefined;
    for (const key of keysOf(value)) {
      const item: unknown = Reflect.get(value, key);
      const shown = this.#child(key, item, nodes);
      if (shown === item) continue;
      copy ??= copyOf(value);
      Object.defineProperty(copy, key, {
        value: shown,
        enumerable: true,
        writable: true,
        configurable: true,
      });
    }
    return copy ?? value;
  }
}

/** An Error's cause and members are not enumerable, but they are printed. */
function keysOf(value: object): readonly string[] {
  const keys = Object.keys(value);
  if (!(value instanceof Error)) return keys;
  return [...keys, ...['cause', 'errors'].filter((key) => Object.hasOwn(value, key) && !keys.includes(key))];
}

/** Same class and own properties, so that an Error stays one. */
function copyOf(value: object): object {
  const prototype: unknown = Object.getPrototypeOf(value);
  const copy = Object.create(prototype as object | null, Object.getOwnPropertyDescriptors(value)) as object;
  // The stack of an Error may be an accessor that answers for the original only.
  if (value instanceof Error)
    Object.defineProperty(copy, 'stack', { value: value.stack, configurable: true });
  return copy;
}

/** Copy-on-write censor of values; made once by a formatter. */
export class Redactor {
  readonly #roots: readonly PathNode[];
  readonly #censor: string;
  /** For `LogRecord.getMessage`. */
  readonly argument = (value: unknown): unknown => this.value(value);

  constructor(paths: readonly string[], { censor = '[Redacted]' }: { readonly censor?: string } = {}) {
    this.#roots = compilePaths(paths);
    this.#censor = censor;
  }

  /** The value, or a copy without its secrets. */
  value<T>(value: T): T {
    if (typeof value !== 'object' || value === null) return value;
    return new Walk(this.#censor).value(value, this.#roots) as T;
  }

  /** The message, rendered from redacted arguments. */
  message(record: LogRecord): string {
    const msg: unknown = record.msg;
    if (typeof msg === 'string') return record.getMessage(this.argument);
    const copy = record.clone();
    copy.msg = this.value(typeof msg === 'function' ? (msg as () => unknown)() : msg);
    return copy.getMessage(this.argument);
  }

  /** What was thrown: an Error prints its stack only, anything else itself. */
  thrown(error: unknown): unknown {
    return error instanceof Error ? error : this.value(error);
  }

  /** A field of the record by name: of `extra` and the scope's ids, only what the paths let through. */
  field(name: string, value: unknown): unknown {
    if (name === 'msg') return this.value(value);
    if (name === 'args' && Array.isArray(value)) return value.map(this.argument);
    return this.value({ [name]: value })[name];
  }
}

/** The redactor of the options; undefined when there is nothing to redact. */
export function makeRedactor({ redact, censor }: RedactOptions): Redactor | undefined {
  if (redact === undefined || redact.length === 0) return undefined;
  return new Redactor(redact, censor === undefined ? {} : { censor });
}
