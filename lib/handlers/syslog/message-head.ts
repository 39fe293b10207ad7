/** What stands before the text of a message, in each of the formats. */
import { hostname as ownHostname } from 'node:os';
import type { LogRecord } from '../../core/log-record';
import { Rfc5424Formatter } from '../../formatters/rfc5424.formatter';
import { identityOf } from '../../formatters/syslog/header-field';
import { Rfc3164Header } from './rfc3164-header';

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
