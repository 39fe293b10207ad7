/** Parses format strings in braces into literals and fields, with the errors of CPython's parser. */
import { FormatError } from '../errors';
import type { FieldReader } from './format-style';
import { codePoints, cutCodePoints, fieldKind, pythonRepr, pythonType, type FieldKind } from './python-text';

export interface BraceField {
  readonly name: string;
  /** The character after `!`. */
  readonly conversion: string | undefined;
  readonly spec: string;
}

export type BracePiece = string | BraceField;

export interface BraceParse {
  readonly pieces: readonly BracePiece[];
  /** The message of the parser if it stopped. The pieces before are valid. */
  readonly failure: string | undefined;
}

class BraceParser {
  readonly pieces: BracePiece[] = [];
  failure: string | undefined;
  #at = 0;

  constructor(readonly fmt: string) {
    while (this.#at < fmt.length && this.failure === undefined) this.#next();
  }

  #next(): void {
    const from = this.#at;
    let at = from;
    while (at < this.fmt.length && this.fmt[at] !== '{' && this.fmt[at] !== '}') at++;
    const brace = this.fmt[at];
    if (at > from) this.pieces.push(this.fmt.slice(from, at));
    this.#at = at + 1;
    if (brace === undefined) return;
    if (this.fmt[at + 1] === brace) {
      this.pieces.push(brace);
      this.#at = at + 2;
    } else if (brace === '}' || at + 1 >= this.fmt.length) {
      this.failure = `Single '${brace}' encountered in format string`;
    } else {
      this.#field();
    }
  }

  #field(): void {
    const from = this.#at;
    const end = this.#endOfName();
    if (this.failure !== undefined) return;
    const name = this.fmt.slice(from, end);
    const stop = this.fmt[end];
    this.#at = end + 1;
    if (stop === '}') this.pieces.push({ name, conversion: undefined, spec: '' });
    else if (stop === ':') this.#spec({ name, conversion: undefined });
    else if (stop === '!') this.#conversion(name);
    else this.failure = "expected '}' before end of string";
  }

  /** Index of the `}`, `:` or `!` after the name. In brackets they have no meaning. */
  #endOfName(): number {
    let at = this.#at;
    for (; at < this.fmt.length; at++) {
      const character = this.fmt.charAt(at);
      if ('}:!'.includes(character)) break;
      if (character === '{') {
        this.failure = "unexpected '{' in field name";
        break;
      }
      if (character === '[') {
        const close = this.fmt.indexOf(']', at);
        at = close === -1 ? this.fmt.length : close;
      }
    }
    return at;
  }

  #conversion(name: string): void {
    const conversion = this.fmt[this.#at];
    if (conversion === undefined) {
      this.failure = 'end of string while looking for conversion specifier';
      return;
    }
    const stop = this.fmt[this.#at + 1];
    this.#at += 2;
    if (stop === '}') this.pieces.push({ name, conversion, spec: '' });
    else if (stop === ':') this.#spec({ name, conversion });
    else
      this.failure =
        stop === undefined ? "unmatched '{' in format spec" : "expected ':' after conversion specifier";
  }

  #spec(field: Omit<BraceField, 'spec'>): void {
    let depth = 1;
    for (let at = this.#at; at < this.fmt.length; at++) {
      if (this.fmt[at] === '{') depth++;
      else if (this.fmt[at] === '}' && --depth === 0) {
        this.pieces.push({ ...field, spec: this.fmt.slice(this.#at, at) });
        this.#at = at + 1;
        return;
      }
    }
    this.failure = "unmatched '{' in format spec";
  }
}

export function parseBraces(fmt: string): BraceParse {
  const { pieces, failure } = new BraceParser(fmt);
  return { pieces, failure };
}

interface Step {
  readonly key: string;
  readonly index: boolean;
}

export interface FieldPath {
  readonly name: string;
  readonly steps: readonly Step[];
  /** Why the expression is invalid. */
  readonly failure: string | undefined;
}

const STEP = /\.([^.[]*)|\[([^\]]*)(\])?/y;

function parseSteps(text: string): { readonly steps: readonly Step[]; readonly failure: string | undefined } {
  const steps: Step[] = [];
  let at = 0;
  while (at < text.length) {
    STEP.lastIndex = at;
    const match = STEP.exec(text);
    if (match === null) return { steps, failure: "Only '.' or '[' may follow ']' in format field specifier" };
    const key = match[1] ?? match[2] ?? '';
    if (match[1] === undefined && match[3] === undefined)
      return { steps, failure: "Missing ']' in format string" };
    if (key === '') return { steps, failure: 'Empty attribute in format string' };
    steps.push({ key, index: match[1] === undefined });
    at = STEP.lastIndex;
  }
  return { steps, failure: undefined };
}

/** `args[0].id` → name `args`, steps `0` and `id`. A number or '' as name is a positional argument, which fails. */
export function parseFieldPath(expression: string): FieldPath {
  const end = expression.search(/[.[]/);
  const name = end === -1 ? expression : expression.slice(0, end);
  const { steps, failure } = parseSteps(end === -1 ? '' : expression.slice(end));
  const position = name === '' ? '0' : name;
  return /^\d+$/.test(position)
    ? { name, steps, failure: `Replacement index ${Number(position)} out of range for positional args tuple` }
    : { name, steps, failure };
}

function itemOf(sequence: string | readonly unknown[], step: Step, typeName: string): unknown {
  if (!/^\d+$/.test(step.key)) {
    const got = typeName === 'str' ? "'str'" : 'str';
    const noun =
      typeName === 'str'
        ? 'string indices must be integers'
        : `${typeName} indices must be integers or slices`;
    throw new FormatError(`${noun}, not ${got}`);
  }
  const index = Number(step.key);
  if (typeof sequence !== 'string') {
    if (index < sequence.length) return sequence[index];
  } else if (index < codePoints(sequence)) {
    return String.fromCodePoint(sequence.codePointAt(cutCodePoints(sequence, index).length) ?? 0);
  }
  throw new FormatError(`${typeName === 'str' ? 'string' : typeName} index out of range`);
}

/** Reads own properties only, so that a format string from a user cannot reach methods, getters or prototypes. */
function follow(value: unknown, step: Step, kind: FieldKind): unknown {
  const typeName = pythonType(value, kind);
  if (step.index && (typeof value === 'string' || Array.isArray(value))) return itemOf(value, step, typeName);
  if (step.index && value instanceof Map) {
    if (value.has(step.key)) return value.get(step.key);
    if (value.has(Number(step.key))) return value.get(Number(step.key));
  } else if (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    Object.hasOwn(value, step.key)
  ) {
    return Reflect.get(value, step.key);
  }
  if (!step.index) throw new FormatError(`'${typeName}' object has no attribute '${step.key}'`);
  throw new FormatError(
    typeName === 'dict'
      ? `Formatting field not found in record: ${pythonRepr(step.key)}`
      : `'${typeName}' object is not subscriptable`,
  );
}

/** The value of the expression, and its kind in Python. */
export function readFieldPath(
  path: FieldPath,
  read: FieldReader,
): { readonly value: unknown; readonly kind: FieldKind } {
  if (path.failure !== undefined) throw new FormatError(path.failure);
  let kind = fieldKind(path.name);
  let value = read(path.name);
  for (const step of path.steps) {
    value = follow(value, step, kind);
    kind = undefined;
  }
  return { value, kind };
}
