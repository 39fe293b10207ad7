/** The headers of a mail whose text is the user's. */
import { LONGEST_ENCODED_WORD, needsEncoding } from './encoded-word';
import { HeaderLines } from './header-lines';
import type { Mailbox } from './mailbox';

/** White space and what follows it, which is nothing at the end. */
const TOKEN = /([ \t]*)([^ \t]+|$)/g;
/** A display name that needs no quotes (RFC 5322 section 3.2.3). */
const PLAIN_NAME = /^[A-Za-z0-9!#$%&'*+./=?^_`{|}~ -]+$/;

interface Word {
  /** The white space before it. */
  readonly gap: string;
  readonly text: string;
}

/** Free text, such as a subject. */
export function textHeader(name: string, value: string): string {
  const lines = new HeaderLines(name);
  if (value !== '') addText(lines, ` ${value}`);
  return lines.toString();
}

/** Addresses, separated by commas. */
export function addressHeader(name: string, mailboxes: readonly Mailbox[]): string {
  const lines = new HeaderLines(name);
  mailboxes.forEach((mailbox, at) => {
    if (at === 0) lines.add('', ' ');
    // Python's handler joins by a comma alone: a space stands only where the line is broken.
    else lines.addComma(mailbox.name.length + mailbox.address.length + 3);
    addMailbox(lines, mailbox);
  });
  return lines.toString();
}

/** What must be encoded, and all between, is encoded as one, as CPython does. */
function addText(lines: HeaderLines, value: string): void {
  const words = wordsOf(value);
  const first = words.findIndex(mustEncode);
  const last = words.findLastIndex(mustEncode);
  for (const [at, { gap, text }] of words.entries()) {
    if (first === -1 || at < first || at > last) lines.add(gap, text);
    else if (at === first) lines.addEncoded(gap, textOf(words.slice(first, last + 1)).slice(gap.length));
  }
}

function wordsOf(value: string): readonly Word[] {
  return [...value.matchAll(TOKEN)]
    .filter(([whole]) => whole !== '')
    .map(([, gap = '', text = '']) => ({ gap, text }));
}

function textOf(words: readonly Word[]): string {
  return words.map(({ gap, text }) => gap + text).join('');
}

function mustEncode({ text }: Word): boolean {
  return needsEncoding(text) || text.length > LONGEST_ENCODED_WORD;
}

function addMailbox(lines: HeaderLines, { name, address }: Mailbox): void {
  if (name === '') {
    lines.add('', address);
    return;
  }
  const isAscii = /^[\x20-\x7e]*$/.test(name) && !name.includes('=?');
  if (!isAscii) lines.addEncoded('', name);
  else if (PLAIN_NAME.test(name)) addText(lines, name);
  else lines.add('', `"${name.replace(/["\\]/g, String.raw`\$&`)}"`);
  lines.add(' ', `<${address}>`);
}
