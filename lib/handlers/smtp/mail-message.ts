/** A mail as it goes over the wire (RFC 5322): headers and text. */
import { strftime } from '../../internal/strftime';
import { mailBody } from './mail-body';
import { addressHeader, textHeader } from './mail-headers';
import type { Mailbox } from './mailbox';

export interface MailContent {
  /** From and To, of `addressLines`. */
  readonly addresses: string;
  readonly subject: string;
  /** Seconds since the epoch. */
  readonly date: number;
  readonly text: string;
}

/** Longest subject, in characters; servers refuse mails whose headers are long. */
const LONGEST_SUBJECT = 500;

/** The headers From and To, which are the same in all mails of a handler. */
export function addressLines(from: Mailbox, to: readonly Mailbox[]): string {
  return `${addressHeader('From', [from])}\r\n${addressHeader('To', to)}`;
}

/** The same headers in the same order as CPython's SMTPHandler. */
export function mailMessage({ addresses, subject, date, text }: MailContent): Buffer {
  const body = mailBody(text);
  const lines = [
    addresses,
    textHeader('Subject', subjectLine(subject)),
    `Date: ${dateText(date)}`,
    'Content-Type: text/plain; charset="utf-8"',
    `Content-Transfer-Encoding: ${body.encoding}`,
    'MIME-Version: 1.0',
    '',
    ...body.lines,
    '',
  ];
  return Buffer.from(lines.join('\r\n'), 'utf8');
}

/** One line: what comes from a message must not end the header and begin another. */
function subjectLine(subject: string): string {
  // A pair of surrogates is not cut in two.
  const start = subject.slice(0, LONGEST_SUBJECT).replace(/[\ud800-\udbff]$/, '');
  const text = subject.length > LONGEST_SUBJECT ? `${start}…` : subject;
  return /[\r\n]/.test(text) ? text.trim().replace(/\s*[\r\n]\s*/g, ' ') : text;
}

/** A record may carry any number as its time; a mail without a date is not accepted everywhere. */
function dateText(seconds: number): string {
  return dateAt(seconds) ?? dateAt(Date.now() / 1000) ?? '';
}

function dateAt(seconds: number): string | undefined {
  return strftime('%a, %d %b %Y %H:%M:%S %z', Math.floor(seconds), { utc: false });
}
