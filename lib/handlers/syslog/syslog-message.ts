/** A syslog message: its header in each format, its length limit, and where it ends on a stream. */
import { hostname as ownHostname } from 'node:os';
import type { LogRecord } from '../../core/log-record';
import { Rfc5424Formatter } from '../../formatters/rfc5424.formatter';
import { headerField, identityOf, type Identity } from '../../formatters/syslog-fields';
import { wholeMs } from '../../internal/iso-time';

/** Most characters: of the tag by RFC 3164, section 4.1.3; of a host name by the DNS. */
const MAX = { tag: 32, hostname: 255, procId: 32 } as const;
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const;

export interface Rfc3164HeaderOptions extends Identity {
  /** Not given for a Unix socket, as in the C library: the server knows its own host. */
  readonly hostname?: string | undefined;
}

function twoDigits(value: number): string {
  return value < 10 ? `0${value}` : String(value);
}

/** `Nov  5 08:21:47` in local time. The format has no year and no time zone. */
export function rfc3164Time(epoch: number): string {
  const date = new Date(epoch * 1000);
  // For a time that Date cannot hold, the current time is better than an invalid one.
  if (Number.isNaN(date.getTime())) return rfc3164Time(Date.now() / 1000);
  const day = String(date.getDate()).padStart(2, ' ');
  const clock = [date.getHours(), date.getMinutes(), date.getSeconds()].map(twoDigits).join(':');
  return `${MONTHS[date.getMonth()] ?? ''} ${day} ${clock}`;
}

/** Writes headers of the old format: `<14>Feb 29 08:15:00 web-1 shop[42]: `. Formats the time once a second. */
export class Rfc3164Header {
  readonly #after: string;
  #second = { epoch: Number.NaN, text: '' };

  constructor({ appName, procId, hostname }: Rfc3164HeaderOptions) {
    const host = hostname === undefined ? '' : `${headerField(hostname, MAX.hostname)} `;
    // A colon or bracket would end the tag.
    const tag = headerField(appName.replace(/[:[\]]/g, '_'), MAX.tag);
    this.#after = ` ${host}${tag}[${headerField(procId, MAX.procId)}]: `;
  }

  /** @param created - seconds since the epoch */
  text(created: number, priority: number): string {
    const epoch = Math.floor(wholeMs(created) / 1000);
    if (epoch !== this.#second.epoch) this.#second = { epoch, text: rfc3164Time(epoch) };
    return `<${priority}>${this.#second.text}${this.#after}`;
  }
}

/**
 * - `python`: priority, `ident`, text, as Python's SysLogHandler sends it.
 * - `rfc5424`: time, host, program and process, and the fields of `extra` as structured data.
 * - `rfc3164`: the older format: `<14>Feb 29 08:15:00 host program[pid]: text`.
 */
export type SyslogFormat = 'python' | 'rfc5424' | 'rfc3164';

/** Returns the header for a record and its priority. `maxBytes` is the limit of the whole message. */
export type MessageHead = (record: LogRecord, priority: number, maxBytes: number) => string;

export interface MessageHeadOptions {
  readonly format: SyslogFormat;
  readonly ident: string;
  readonly hostname: string | undefined;
  readonly isUnix: boolean;
}

export function messageHead({ format, ident, hostname, isUnix }: MessageHeadOptions): MessageHead {
  if (format === 'python') return (_record, priority) => `<${priority}>${ident}`;
  const identity = identityOf(ident);
  const host = hostname ?? ownHostname();
  if (format === 'rfc5424') {
    const formatter = new Rfc5424Formatter({ ...identity, hostname: host });
    return (record, priority, maxBytes) => formatter.head(record, priority, maxBytes);
  }
  const header = new Rfc3164Header({ ...identity, hostname: isUnix ? hostname : host });
  return (record, priority) => header.text(record.created, priority);
}

const NEWLINE = { byte: 0x0a, character: '\n', escaped: '#012' } as const;
const NUL = { byte: 0, character: '\0', escaped: '#000' } as const;

/** Whether a byte continues a character of UTF-8. */
function continues(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0xc0) === 0x80;
}

/**
 * Cuts a message in UTF-8 to `maxBytes`, between characters, and appends `[... 123 bytes cut]`. A NUL at the end of the
 * message stays at the end.
 */
export function cutMessage(message: Buffer, maxBytes: number): Buffer {
  if (message.length <= maxBytes) return message;
  const end = message.at(-1) === NUL.byte ? '\0' : '';
  const longest = Buffer.byteLength(marker(message.length) + end);
  let kept = Math.max(0, maxBytes - longest);
  while (kept > 0 && continues(message[kept])) kept--;
  const cut = message.length - end.length - kept;
  return Buffer.concat([message.subarray(0, kept), Buffer.from(marker(cut) + end)]).subarray(0, maxBytes);
}

function marker(bytes: number): string {
  return `[... ${bytes} bytes cut]`;
}

/**
 * - `octet-counted`: the message follows its length (RFC 6587, RFC 5425) and may contain any byte.
 * - `newline`: a newline ends the message. Newlines in it become `#012`, as in rsyslog.
 * - `nul`: a NUL ends the message. NULs in it become `#000`.
 * - `none`: Python's bytes, including line breaks and NULs. A server may read one message as several.
 */
export type SyslogFraming = 'octet-counted' | 'newline' | 'nul' | 'none';

/** The bytes of a message on a stream. */
export function frame(message: Buffer, framing: SyslogFraming): Buffer {
  if (framing === 'none') return message;
  if (framing === 'octet-counted') return Buffer.concat([Buffer.from(`${message.length} `), message]);
  return ended(message, framing === 'newline' ? NEWLINE : NUL);
}

/**
 * A message of Python's format on a stream, without framing. Servers end a message at a line break, a NUL or both, so it
 * must contain neither, except for the NUL at its end.
 */
export function unframed(message: Buffer): Buffer {
  const isEnded = message.at(-1) === NUL.byte;
  const text = isEnded ? message.subarray(0, -1) : message;
  const safe = without(without(text, NEWLINE), NUL);
  if (safe === text) return message;
  return isEnded ? Buffer.concat([safe, message.subarray(-1)]) : safe;
}

function without(message: Buffer, end: typeof NEWLINE | typeof NUL): Buffer {
  return message.includes(end.byte)
    ? // Latin-1 keeps every byte as it is.
      Buffer.from(message.toString('latin1').replaceAll(end.character, end.escaped), 'latin1')
    : message;
}

function ended(message: Buffer, end: typeof NEWLINE | typeof NUL): Buffer {
  const safe = without(message, end);
  const framed = Buffer.allocUnsafe(safe.length + 1);
  safe.copy(framed);
  framed[safe.length] = end.byte;
  return framed;
}
