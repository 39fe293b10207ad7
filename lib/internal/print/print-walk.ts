/** Walks over a value before it is printed. Removes secrets, and parts that are too large or are not data. */
import { types } from 'node:util';
import {
  asText,
  classNameOf,
  isArray,
  isError,
  isPlainObject,
  keysOf,
  readOrReason,
  readProperty,
  throwsMark,
} from '../foreign';
import { cleanHeaderText, isCredentialHeader, isHeadersKey } from './header-credentials';
import { copyArray, copyMap, copyProperties, copySet, isSimple, type Visitor } from './print-copies';
import { bytesText, cutText, isBytes, PrintedText, tooDeepText } from './printed-text';
import { advance, type PathNode } from './redact-paths';
import { cleanAddresses, copyError, DATA_LEVELS } from './shown-error';
import { hasInspection, hiddenContent, isHeadersClass, isOpaque, namedObject, setOwn } from './shown-object';

export interface PrintLimits {
  /** Maximum levels of objects and arrays. */
  readonly maxDepth: number;
  /** Maximum keys of an object or items of an array. */
  readonly maxEntries: number;
  /** Maximum objects of one record. */
  readonly maxValues: number;
}

/** Paths that must not be printed, and the text that replaces them. */
export interface Redaction {
  readonly roots: readonly PathNode[];
  readonly censor: string;
}

export interface PrintOptions {
  /**
   * `data`: the result is written as JSON or a similar format, so `toJSON` is called. `text`: `util.inspect` prints the
   * result, so objects with their own inspection stay as they are.
   */
  readonly as: 'data' | 'text';
  readonly limits: PrintLimits;
  readonly redaction?: Redaction | undefined;
  /** The caller can write any number of bytes itself. @defaultValue false */
  readonly keepsBytes?: boolean;
}

/** Maximum characters of an additional key of an Error. */
const DATA_CHARACTERS = 2048;
/** Tolerance, so that a text that was cut is not cut again behind a queue. Its mark has made it longer. */
const MARK_CHARACTERS = 40;
/** Characters that are counted for a value that is not a string. */
const VALUE_CHARACTERS = 8;
/** Maximum bytes that are kept. For more, only the size and the first bytes are printed. */
const MOST_BYTES = 1024;
/** Maximum Errors below one Error. */
const MAX_ERRORS = 32;
const NO_NODES: readonly PathNode[] = [];

function emptyObject(): object {
  return {};
}

/** Returns the value if it can be printed as it is, else a changed copy. Never throws. */
export class PrintWalk implements Visitor {
  readonly isText: boolean;
  readonly maxEntries: number;
  readonly roots: readonly PathNode[];
  readonly censor: string;
  inHeaders = false;
  readonly #limits: PrintLimits;
  readonly #mostBytes: number;
  readonly #outer: object[] = [];
  /** The printed Errors of the outermost Error, and their places. */
  readonly #errors = new Map<Error, string>();
  #visited = 0;
  /** In a text, a circular reference may stay, since `util.inspect` marks it better, but only if nothing had to change. */
  #circles: 'keep' | 'kept' | 'mark';
  /** The deepest level and the number of characters left. Both are lower below an Error. */
  #deepest: number;
  #room = Number.POSITIVE_INFINITY;
  /** Path from the outermost Error. */
  #path = '';
  #errorsOpen = 0;

  constructor({ as, limits, redaction, keepsBytes = false }: PrintOptions) {
    this.isText = as === 'text';
    this.maxEntries = limits.maxEntries;
    this.roots = redaction?.roots ?? NO_NODES;
    this.censor = redaction?.censor ?? '[Redacted]';
    this.#limits = limits;
    this.#mostBytes = keepsBytes ? Number.POSITIVE_INFINITY : MOST_BYTES;
    this.#deepest = limits.maxDepth;
    this.#circles = this.isText && this.roots.length === 0 ? 'keep' : 'mark';
  }

  /** Begins a record and resets the limits. */
  begin(): void {
    this.#visited = 0;
  }

  /** A value without a key. Paths begin at its keys. */
  value(value: unknown): unknown {
    const shown = this.below(value, this.roots);
    return this.#circles === 'kept' ? this.#closed(value, shown, () => this.below(value, this.roots)) : shown;
  }

  /** A value with its key. Paths begin at the key. */
  field(key: string, value: unknown): unknown {
    if (this.roots.length === 0 && isSimple(value) && (typeof value !== 'string' || !isHeadersKey(key)))
      return value;
    const walk = (): unknown => this.child(key, value, this.roots);
    const shown = walk();
    return this.#circles === 'kept' ? this.#closed(value, shown, walk) : shown;
  }

  /** If anything had to change, walks again and marks circular references, which would lead to the original value. */
  #closed(value: unknown, shown: unknown, walk: () => unknown): unknown {
    this.#circles = 'mark';
    const safe = shown === value ? shown : walk();
    this.#circles = 'keep';
    return safe;
  }

  get inError(): boolean {
    return this.#errorsOpen > 0;
  }

  isFull(): boolean {
    return this.#room <= 0;
  }

  /** The value to print for a key. The same one if nothing in it has to change. */
  child(key: string, value: unknown, from: readonly PathNode[]): unknown {
    let nodes = from;
    if (nodes.length > 0) {
      nodes = advance(nodes, key);
      if (value !== undefined && nodes.some((node) => node.end)) return this.censor;
    }
    if (this.inHeaders) {
      return value !== undefined && isCredentialHeader(key) ? this.censor : this.#under(key, value, nodes);
    }
    if (typeof value === 'number' || !isHeadersKey(key)) return this.#under(key, value, nodes);
    this.inHeaders = true;
    const shown = this.#under(key, value, nodes);
    this.inHeaders = false;
    return shown;
  }

  /** Keeps the current path, for references to Errors that occur again. */
  #under(key: string, value: unknown, nodes: readonly PathNode[]): unknown {
    if (this.#errorsOpen === 0) return this.below(value, nodes);
    this.#room -= key.length;
    const path = this.#path;
    const step = /^\d+$/.test(key) ? `[${key}]` : key;
    this.#path = path === '' || step.startsWith('[') ? path + step : `${path}.${step}`;
    const shown = this.below(value, nodes);
    this.#path = path;
    return shown;
  }

  /** A value that has no key of its own. */
  below(value: unknown, nodes: readonly PathNode[]): unknown {
    switch (typeof value) {
      case 'string':
        return this.#string(value);
      case 'object':
        return value === null ? null : this.#object(value, nodes);
      case 'function':
        // `util.inspect` prints the properties of a function or class.
        return this.isText && keysOf(value).length > 0
          ? new PrintedText(`[Function: ${asText(readProperty(value, 'name')) || 'anonymous'}]`)
          : value;
      default:
        this.#room -= VALUE_CHARACTERS;
        return value;
    }
  }

  #string(text: string): string {
    let shown = this.inHeaders ? cleanHeaderText(text, this.censor) : text;
    if (this.#errorsOpen === 0) return shown;
    shown = cleanAddresses(shown);
    const room = Math.max(0, this.#room);
    this.#room -= shown.length;
    return shown.length > room + MARK_CHARACTERS ? cutText(shown, room) : shown;
  }

  #object(value: object, nodes: readonly PathNode[]): unknown {
    if (this.#outer.includes(value)) return this.#circle(value);
    if (++this.#visited > this.#limits.maxValues) return new PrintedText('[Cut: the record is too large]');
    const depth = this.#outer.length;
    const { inHeaders } = this;
    try {
      // Most objects are common. This avoids a dozen slow checks.
      const isPlain = Object.getPrototypeOf(value) === Object.prototype;
      const isCommon = isPlain || isArray(value) || isError(value);
      const leaf = isCommon ? undefined : this.#leaf(value, nodes);
      if (leaf !== undefined) return leaf;
      if (depth >= this.#deepest) return new PrintedText(tooDeepText(value));
      this.#outer.push(value);
      return isPlain ? this.#instance(value, nodes) : this.#container(value, nodes);
    } catch (error) {
      return new PrintedText(throwsMark(error));
    } finally {
      this.inHeaders = inHeaders;
      this.#outer.length = depth;
    }
  }

  #circle(value: object): unknown {
    if (this.#circles === 'mark' || isError(value)) return new PrintedText('[Circular]');
    this.#circles = 'kept';
    return value;
  }

  /** Objects that are a single value, or whose content must not be read. */
  #leaf(value: object, nodes: readonly PathNode[]): unknown {
    if (value instanceof PrintedText) return value;
    const redacts = this.isText && nodes.length > 0;
    if (isBytes(value)) {
      return redacts || value.byteLength > this.#mostBytes ? new PrintedText(bytesText(value)) : value;
    }
    // `util.inspect` also prints additional keys, which a copy does not have.
    if (types.isDate(value)) return redacts ? new Date(value) : value;
    if (types.isRegExp(value)) return redacts ? new RegExp(value) : value;
    if (types.isBoxedPrimitive(value)) return redacts ? Object(value.valueOf()) : value;
    if (isOpaque(value)) return redacts ? new PrintedText(`[${classNameOf(value)}]`) : value;
    return undefined;
  }

  #container(value: object, nodes: readonly PathNode[]): unknown {
    if (isError(value)) return this.#error(value, nodes);
    const items = this.#collection(value, nodes);
    if (items !== undefined) return items;
    if (isHeadersClass(value)) this.inHeaders = true;
    return this.#instance(value, nodes);
  }

  #collection(value: object, nodes: readonly PathNode[]): object | undefined {
    if (isArray(value)) return copyArray(value, nodes, this);
    if (types.isMap(value)) return copyMap(value, nodes, this);
    return types.isSet(value) ? copySet(value, nodes, this) : undefined;
  }

  /** Plain objects and class instances. */
  #instance(value: object, nodes: readonly PathNode[]): unknown {
    // Instances may print themselves only in a text without redaction.
    const strict = !this.isText || nodes.length > 0 || this.inHeaders || this.#errorsOpen > 0;
    const toJson: unknown = strict ? Reflect.get(value, 'toJSON') : undefined;
    if (typeof toJson === 'function') return this.#answered(value, toJson.call(value), nodes);
    if (isPlainObject(value)) return copyProperties(value, { nodes, visitor: this, empty: emptyObject });
    const hidden = hiddenContent(value, this.maxEntries);
    if (this.#errorsOpen > 0 && (hidden === undefined || hidden['headers'] !== undefined)) {
      return new PrintedText(`[${classNameOf(value)}]`);
    }
    const content = hidden ?? value;
    if (!strict && content === value && hasInspection(value)) return value;
    const shown = copyProperties(content, { nodes, visitor: this, empty: () => this.#empty(value) });
    if (shown !== content) return shown;
    // With its own inspection or `toString`, or as a Proxy, it could print more than its keys.
    return strict && (this.isText || hidden !== undefined) ? this.#bare(content, value) : value;
  }

  /** The result of `toJSON`, whose own `toJSON` is not called. */
  #answered(value: object, answer: unknown, nodes: readonly PathNode[]): unknown {
    if (typeof answer !== 'object' || answer === null) return this.below(answer, nodes);
    if (answer !== value && (isError(answer) || this.#outer.includes(answer))) {
      return this.#object(answer, nodes);
    }
    const simple = this.#leaf(answer, nodes) ?? this.#collection(answer, nodes);
    if (simple !== undefined) return simple;
    const shown = copyProperties(answer, { nodes, visitor: this, empty: () => this.#empty(value) });
    return shown === answer ? this.#bare(answer, value) : shown;
  }

  /** A copy with own keys only, and the class name of `origin`. */
  #bare(content: object, origin: object): object {
    if (!this.isText && content !== origin && isPlainObject(content)) return content;
    const bare = this.#empty(origin);
    for (const key of keysOf(content)) {
      const item = readOrReason(content, key);
      if (key !== 'toJSON' || typeof item !== 'function') setOwn(bare, key, item);
    }
    return bare;
  }

  #empty(origin: object): object {
    const named = this.isText && this.#errorsOpen === 0 && !isPlainObject(origin);
    return named ? namedObject(classNameOf(origin)) : {};
  }

  #error(error: Error, nodes: readonly PathNode[]): unknown {
    const place = this.#errors.get(error);
    if (place !== undefined) return new PrintedText(`[see ${place}]`);
    if (this.#errors.size >= MAX_ERRORS) return new PrintedText('[further errors cut]');
    this.#errors.set(error, this.#path);
    const [room, deepest] = [this.#room, this.#deepest];
    this.#errorsOpen++;
    try {
      return copyError(error, {
        nodes: this.roots.length === 0 ? nodes : [...new Set([...this.roots, ...nodes])],
        visitor: this,
        part: (walk) => this.#part(walk),
      });
    } finally {
      this.#room = room;
      this.#deepest = deepest;
      if (--this.#errorsOpen === 0) {
        this.#errors.clear();
        this.#path = '';
      }
    }
  }

  /** Walks one key of an Error, within the limits for additional keys. */
  #part(walk: () => unknown): unknown {
    this.#room = DATA_CHARACTERS;
    this.#deepest = Math.min(this.#limits.maxDepth, this.#outer.length + DATA_LEVELS);
    return walk();
  }
}
