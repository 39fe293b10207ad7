/** The one walk over a value before it is printed: it takes out secrets, and what is too much or not ours. */
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
import { copyArray, copyMap, copyProperties, copySet, isSimple, type Visitor } from './print-copies';
import { cleanHeaderText, isCredentialHeader, isHeadersKey } from './header-credentials';
import { bytesText, cutText, isBytes, PrintedText, tooDeepText } from './printed-text';
import { advance, type PathNode } from './redact-paths';
import { cleanAddresses, copyError, DATA_LEVELS } from './shown-error';
import { hasInspection, hiddenContent, isHeadersClass, isOpaque, namedObject, setOwn } from './shown-object';

export interface PrintLimits {
  /** Levels of objects and arrays. */
  readonly maxDepth: number;
  /** Keys of one object, items of one array. */
  readonly maxEntries: number;
  /** Objects of one record. */
  readonly maxValues: number;
}

/** What must not be printed, and what is printed in its place. */
export interface Redaction {
  readonly roots: readonly PathNode[];
  readonly censor: string;
}

export interface PrintOptions {
  /**
   * `data`: the result is written as JSON or the like, so `toJSON` is asked. `text`: the result is printed by
   * `util.inspect`, so what prints itself well is left as it is.
   */
  readonly as: 'data' | 'text';
  readonly limits: PrintLimits;
  readonly redaction?: Redaction | undefined;
  /** The caller has its own way to write any number of bytes. @defaultValue false */
  readonly keepsBytes?: boolean;
}

/** Characters of one key that somebody put on an Error. */
const DATA_CHARACTERS = 2048;
/** What was cut is not cut again behind a queue, although its mark made it longer. */
const MARK_CHARACTERS = 40;
/** Of any value that is no text. */
const VALUE_CHARACTERS = 8;
/** Bytes that are shown as they are; of more, the size and the first ones. */
const MOST_BYTES = 1024;
/** Errors below one Error. */
const MAX_ERRORS = 32;
const NO_NODES: readonly PathNode[] = [];

function emptyObject(): object {
  return {};
}

/** Returns the same value where it can be printed as it is, or a copy of what had to change. Never throws. */
export class PrintWalk implements Visitor {
  readonly isText: boolean;
  readonly maxEntries: number;
  readonly roots: readonly PathNode[];
  readonly censor: string;
  inHeaders = false;
  readonly #limits: PrintLimits;
  readonly #mostBytes: number;
  readonly #outer: object[] = [];
  /** The Errors of the outermost one that were printed, and where. */
  readonly #errors = new Map<Error, string>();
  #visited = 0;
  /** A text may keep a circle, which `util.inspect` marks better, but only if nothing in it had to change. */
  #circles: 'keep' | 'kept' | 'mark';
  /** The deepest level, and the characters left: fewer below an Error. */
  #deepest: number;
  #room = Number.POSITIVE_INFINITY;
  /** From the outermost Error. */
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

  /** Begins a record: the limits start anew. */
  begin(): void {
    this.#visited = 0;
  }

  /** A value by itself: the paths begin at its keys. */
  value(value: unknown): unknown {
    const shown = this.below(value, this.roots);
    return this.#circles === 'kept' ? this.#closed(value, shown, () => this.below(value, this.roots)) : shown;
  }

  /** A value under its key: the paths begin at the key. */
  field(key: string, value: unknown): unknown {
    if (this.roots.length === 0 && isSimple(value) && (typeof value !== 'string' || !isHeadersKey(key)))
      return value;
    const walk = (): unknown => this.child(key, value, this.roots);
    const shown = walk();
    return this.#circles === 'kept' ? this.#closed(value, shown, walk) : shown;
  }

  /** With the circles marked that were kept, if anything had to change: they would lead back to it. */
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

  /** The value to print under a key; the same one when nothing in it has to change. */
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

  /** As `child`, and remembers where it is, for the Errors that come again. */
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
        // `util.inspect` prints what was put on a function or class.
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
      // Most are, and none of these is anything else: a dozen checks, each a call out of JavaScript, are saved.
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

  /** Objects that stand for one value, or that must not be looked into. */
  #leaf(value: object, nodes: readonly PathNode[]): unknown {
    if (value instanceof PrintedText) return value;
    const redacts = this.isText && nodes.length > 0;
    if (isBytes(value)) {
      return redacts || value.byteLength > this.#mostBytes ? new PrintedText(bytesText(value)) : value;
    }
    // `util.inspect` also prints the keys that somebody put on them.
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

  /** Plain objects and instances of classes, by what they print of themselves. */
  #instance(value: object, nodes: readonly PathNode[]): unknown {
    // Left to themselves, instances print what they like: that is fine in a text with nothing to hide.
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
    // By its own inspection, its `toString` or through a Proxy, it could print what its keys do not show.
    return strict && (this.isText || hidden !== undefined) ? this.#bare(content, value) : value;
  }

  /** What `toJSON` returned, which is not asked again. */
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

  /** Own keys only, under the name of the class of `origin`. */
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

  /** One key of an Error, within the limits of what somebody put on it. */
  #part(walk: () => unknown): unknown {
    this.#room = DATA_CHARACTERS;
    this.#deepest = Math.min(this.#limits.maxDepth, this.#outer.length + DATA_LEVELS);
    return walk();
  }
}
