/** The lines of one mail header, broken where white space allows it. */
import { encodedWord, LONGEST_ENCODED_WORD, longestPrefix } from './encoded-word';

/** Characters in a line, less its end (RFC 5322 section 2.1.1). */
const LINE_LENGTH = 78;

export class HeaderLines {
  readonly #lines: string[];

  constructor(name: string) {
    this.#lines = [`${name}:`];
  }

  /** Appends `text`; the line may be broken at `gap`, the white space before it. */
  add(gap: string, text: string): void {
    const token = gap + text;
    if (gap === '' || token.length <= this.#room) this.#append(token);
    else this.#lines.push(token);
  }

  /** Appends text as encoded words, as many as it takes. Readers drop the white space between them. */
  addEncoded(gap: string, text: string): void {
    let rest = text;
    let before = gap;
    while (rest !== '') {
      const prefix = longestPrefix(rest, Math.min(LONGEST_ENCODED_WORD, this.#room - before.length));
      if (prefix === '') {
        // Of the white space, one character begins the new line; what there is more of it is encoded too.
        this.#lines.push('');
        rest = before.slice(1) + rest;
        before = before.slice(0, 1) || ' ';
      } else {
        this.#append(before + encodedWord(prefix));
        rest = rest.slice(prefix.length);
        before = ' ';
      }
    }
  }

  /** Appends a comma, and breaks the line if the `length` characters that follow have no room in it. */
  addComma(length: number): void {
    this.#append(',');
    if (length > this.#room) this.#lines.push(' ');
  }

  toString(): string {
    return this.#lines.join('\r\n');
  }

  get #room(): number {
    return LINE_LENGTH - (this.#lines.at(-1)?.length ?? 0);
  }

  #append(text: string): void {
    this.#lines.push((this.#lines.pop() ?? '') + text);
  }
}
