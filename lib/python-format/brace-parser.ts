/** Splits a format string in braces into literals and fields, with the errors CPython's parser gives. */

export interface BraceField {
  readonly name: string;
  /** What stands after `!`. */
  readonly conversion: string | undefined;
  readonly spec: string;
}

export type BracePiece = string | BraceField;

export interface BraceParse {
  readonly pieces: readonly BracePiece[];
  /** The parser's sentence, when it stopped; the pieces before it are good. */
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

  /** Index of the `}`, `:` or `!` behind the name; they mean nothing between brackets. */
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
