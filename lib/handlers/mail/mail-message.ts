/**
 * Creates the text of a mail (RFC 5322), with the headers of CPython's SMTPHandler in the same order.
 *
 * nodemailer's functions encode and fold lines. Its MailComposer is not used: it adds a Message-ID, uses another order of
 * headers, and is asynchronous, but the mail must be created within the log call.
 */
import { loadPeer } from '../../internal/optional-peer';
import { strftime } from '../../internal/strftime';
import type { Mailbox } from './addresses';

export interface MailContent {
  /** From and To, as `addressLines` returns them. */
  readonly addresses: string;
  readonly subject: string;
  /** Seconds since the epoch. */
  readonly date: number;
  readonly text: string;
}

/** The subset of nodemailer's functions that we need; nodemailer has its own types only since version 10. */
interface MimeFunctions {
  encodeWord(text: string, encoding: 'Q' | 'B', longest: number): string;
  foldLines(line: string, length: number): string;
}
interface QuotedPrintable {
  encode(text: string): string;
  wrap(encoded: string, length: number): string;
}

/** Maximum characters of a subject; servers reject mails with long headers. */
const LONGEST_SUBJECT = 500;
/** Characters in a header line, without its end (RFC 2047 section 2). */
const HEADER_LENGTH = 76;
/** Longest encoded word, in characters (RFC 2047 section 2). */
const LONGEST_ENCODED_WORD = 75;
/** Characters in a line of text, without its end (RFC 5322 section 2.1.1, and CPython's choice). */
const LINE_LENGTH = 78;
/** Characters in an encoded line (RFC 2045 section 6.7). */
const ENCODED_LENGTH = 76;
/** As in CPython, the encoding of the text depends on its first lines. */
const SAMPLE_LINES = 10;
/** A display name that needs no quotes (RFC 5322 section 3.2.3). */
const PLAIN_NAME = /^[A-Za-z0-9!#$%&'*+./=?^_`{|}~ -]+$/;

/** The headers From and To, which are the same in all mails of a handler. */
export function addressLines(from: Mailbox, to: readonly Mailbox[]): string {
  return `${header('From', mailboxText(from))}\r\n${header('To', to.map(mailboxText).join(', '))}`;
}

export function mailMessage({ addresses, subject, date, text }: MailContent): Buffer {
  const { encoding, body } = encodedText(text);
  const lines = [
    addresses,
    header('Subject', headerText(subjectLine(subject))),
    `Date: ${dateText(date)}`,
    'Content-Type: text/plain; charset="utf-8"',
    `Content-Transfer-Encoding: ${encoding}`,
    'MIME-Version: 1.0',
    '',
    body,
    '',
  ];
  return Buffer.from(lines.join('\r\n'), 'utf8');
}

function mimeFunctions(): MimeFunctions {
  return loadPeer('nodemailer/lib/mime-funcs', 'SMTPHandler', 'nodemailer') as MimeFunctions;
}

function header(name: string, value: string): string {
  const line = value === '' ? `${name}:` : `${name}: ${value}`;
  return line.length <= HEADER_LENGTH ? line : mimeFunctions().foldLines(line, HEADER_LENGTH);
}

/**
 * Non-ASCII text becomes encoded words (RFC 2047), in the shorter of the two encodings. Text that cannot be folded is
 * encoded too: a long word makes a long line, and a long run of spaces makes a blank line, which could end the headers.
 */
function headerText(text: string): string {
  if (/^[\x20-\x7e\t]*$/.test(text) && !/=\?|\S{76}|\s{76}/.test(text)) return text;
  const mime = mimeFunctions();
  const [quoted, base64] = [
    mime.encodeWord(text, 'Q', LONGEST_ENCODED_WORD),
    mime.encodeWord(text, 'B', LONGEST_ENCODED_WORD),
  ];
  return quoted.length <= base64.length ? quoted : base64;
}

function mailboxText({ name, address }: Mailbox): string {
  if (name === '') return address;
  const isText = PLAIN_NAME.test(name) || !/^[\x20-\x7e]*$/.test(name) || name.includes('=?');
  return `${isText ? headerText(name) : `"${name.replace(/["\\]/g, String.raw`\$&`)}"`} <${address}>`;
}

/** The subject on one line: text of a log message must not end the header and begin a new one. */
function subjectLine(subject: string): string {
  // Do not cut a surrogate pair in two.
  const start = subject.slice(0, LONGEST_SUBJECT).replace(/[\ud800-\udbff]$/, '');
  const text = subject.length > LONGEST_SUBJECT ? `${start}…` : subject;
  return /[\r\n]/.test(text) ? text.trim().replace(/\s*[\r\n]\s*/g, ' ') : text;
}

/** Falls back to the current time if the record's time is not a valid date: some servers reject a mail without a date. */
function dateText(seconds: number): string {
  return dateAt(seconds) ?? dateAt(Date.now() / 1000) ?? '';
}

function dateAt(seconds: number): string | undefined {
  return strftime('%a, %d %b %Y %H:%M:%S %z', Math.floor(seconds), { utc: false });
}

/** Encodes the text in a way that every server accepts. CPython also uses 8bit, which only some servers accept. */
function encodedText(text: string): { readonly encoding: string; readonly body: string } {
  const lines = text.replace(/\r\n$|[\r\n]$/, '').split(/\r\n|\r|\n/);
  if (lines.every(isPlain)) return { encoding: '7bit', body: withoutFrom(lines.join('\r\n')) };
  const qp = loadPeer('nodemailer/lib/qp', 'SMTPHandler', 'nodemailer') as QuotedPrintable;
  const sample = lines.slice(0, SAMPLE_LINES).join('\n');
  if (qp.encode(sample).length <= Math.ceil(Buffer.byteLength(`${sample}\n`) / 3) * 4) {
    const body = qp.wrap(qp.encode(lines.join('\r\n')), ENCODED_LENGTH);
    return { encoding: 'quoted-printable', body: withoutFrom(body) };
  }
  const base64 = Buffer.from(`${lines.join('\n')}\n`, 'utf8').toString('base64');
  return { encoding: 'base64', body: base64.replace(/.{76}(?=.)/g, '$&\r\n') };
}

function isPlain(line: string): boolean {
  return line.length <= LINE_LENGTH && /^[\x01-\x7f]*$/.test(line);
}

/** Quotes lines that begin with `From `, as CPython does: they would begin a new mail in an mbox file. */
function withoutFrom(body: string): string {
  return body.replace(/^From /gm, '>From ');
}
