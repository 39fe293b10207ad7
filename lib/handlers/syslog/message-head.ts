/** What stands before the text of a message, in each of the formats. */
import { hostname as ownHostname } from 'node:os';
import type { LogRecord } from '../../core/log-record';
import { Rfc5424Formatter } from '../../formatters/rfc5424.formatter';
import { headerField, identityOf, type Identity } from '../../formatters/syslog/header-field';
import { wholeMs } from '../../internal/whole-ms';

/** Upper limits: RFC 3164, section 4.1.3, for the tag; a host name has 255 characters at most. */
const MAX = { tag: 32, hostname: 255, procId: 32 } as const;
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const;

export interface Rfc3164HeaderOptions extends Identity {
  /** Left out on a Unix socket, as the C library does: the listener knows its own host. */
  readonly hostname?: string | undefined;
}

function twoDigits(value: number): string {
  return value < 10 ? `0${value}` : String(value);
}

/** `Nov  5 08:21:47` by the clock of the process's zone: the format has neither year nor zone. */
export function rfc3164Time(epoch: number): string {
  const date = new Date(epoch * 1000);
  // A time that Date cannot hold: the listener reads the moment of arrival instead of nonsense.
  if (Number.isNaN(date.getTime())) return rfc3164Time(Date.now() / 1000);
  const day = String(date.getDate()).padStart(2, ' ');
  const clock = [date.getHours(), date.getMinutes(), date.getSeconds()].map(twoDigits).join(':');
  return `${MONTHS[date.getMonth()] ?? ''} ${day} ${clock}`;
}

/** Writes headers of the old format: `<14>Feb 29 08:15:00 web-1 shop[42]: `. The time is made once a second. */
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
 * - `rfc3164`: the format before it: `<14>Feb 29 08:15:00 host program[pid]: text`.
 */
export type SyslogFormat = 'python' | 'rfc5424' | 'rfc3164';

export const FORMATS: readonly SyslogFormat[] = ['python', 'rfc5424', 'rfc3164'];

/** Of a record and its priority; `maxBytes` is the limit of the whole message. */
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
