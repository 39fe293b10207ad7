/** Checks the options that all mail handlers share: server, sender, recipients and subject. */
import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import { ConfigurationError } from '../../errors';
import { isPlainObject } from '../../internal/foreign';
import { assertPeer } from '../../internal/optional-peer';
import { parseMailboxes, type AddressOption, type Mailbox } from './addresses';
import { addressLines } from './mail-message';

/**
 * `true`, `[]` or TLS options: STARTTLS is required. `[keyfile, certfile]`: the same with a client certificate.
 * `'tls'`: TLS from the start, port 465 by default.
 */
export type SmtpSecurity = boolean | 'tls' | readonly string[] | ConnectionOptions;

export interface MailServerOptions {
  readonly credentials?: readonly [user: string, password: string] | undefined;
  readonly secure?: SmtpSecurity | undefined;
  readonly tls?: ConnectionOptions | undefined;
  readonly timeout?: number | undefined;
}

export interface MailServer {
  readonly host: string;
  readonly port: number;
  readonly encryption: 'none' | 'starttls' | 'implicit';
  readonly tls: ConnectionOptions;
  readonly user: string | undefined;
  readonly password: string | undefined;
  readonly timeoutMs: number;
}

export interface MailSettingsOptions extends MailServerOptions {
  readonly fromaddr: string;
  readonly toaddrs: string | readonly string[];
  readonly subject: string;
}

export interface MailSettings {
  readonly server: MailServer;
  readonly from: string;
  readonly to: readonly string[];
  /** The headers From and To. */
  readonly addresses: string;
  readonly subject: string;
}

/** As in CPython's code; its documentation says 1.0. */
const DEFAULT_TIMEOUT_S = 5;
const SMTP_PORT = 25;
const SMTPS_PORT = 465;

/** @throws ConfigurationError with the name of the wrong option, or `ERR_LOG_MISSING_PEER` without nodemailer. */
export function mailSettings(owner: string, mailhost: unknown, options: MailSettingsOptions): MailSettings {
  // Callers in JavaScript, and JSON, may omit any option.
  const given: Partial<MailSettingsOptions> = options ?? {};
  const server = mailServer(owner, mailhost, given);
  const from = senderOf({ owner, name: 'fromaddr' }, given.fromaddr);
  const to = recipientsOf({ owner, name: 'toaddrs' }, given.toaddrs);
  const subject = subjectOf(owner, given.subject);
  assertPeer('nodemailer', owner);
  return {
    server,
    from: from.address,
    to: to.map(({ address }) => address),
    addresses: addressLines(from, to),
    subject,
  };
}

function senderOf(option: AddressOption, fromaddr: unknown): Mailbox {
  const [sender, ...more] = parseMailboxes(option, fromaddr);
  if (sender !== undefined && more.length === 0) return sender;
  throw new ConfigurationError(`${option.owner}: "fromaddr" must be one address, got ${more.length + 1}.`);
}

function recipientsOf(option: AddressOption, toaddrs: unknown): readonly Mailbox[] {
  const list: readonly unknown[] = Array.isArray(toaddrs) ? toaddrs : [toaddrs];
  if (list.length > 0) return list.flatMap((text) => parseMailboxes(option, text));
  throw new ConfigurationError(`${option.owner}: "toaddrs" must name at least one recipient, got none.`);
}

/** A line break could add headers and recipients. */
function subjectOf(owner: string, subject: unknown): string {
  if (typeof subject !== 'string') {
    throw new ConfigurationError(`${owner}: "subject" must be a string, got ${typeof subject}.`);
  }
  if (!/[\0-\x08\n-\x1f\x7f]/.test(subject)) return subject;
  throw new ConfigurationError(
    `${owner}: "subject" must not contain line breaks or control characters, got ${JSON.stringify(subject)}.`,
  );
}

/** @throws ConfigurationError with the name of the wrong option. */
export function mailServer(owner: string, mailhost: unknown, options: MailServerOptions): MailServer {
  const { encryption, tls } = securityOf(owner, options);
  const [host, port] = hostAndPort(owner, mailhost);
  const [user, password] = credentialsOf(owner, options.credentials);
  return {
    host,
    port: port === undefined || port === 0 ? (encryption === 'implicit' ? SMTPS_PORT : SMTP_PORT) : port,
    encryption,
    tls,
    user,
    password,
    timeoutMs: (options.timeout ?? DEFAULT_TIMEOUT_S) * 1000,
  };
}

/** Host and port as given; the port is undefined if it was not given. */
export function hostAndPort(owner: string, mailhost: unknown): [host: string, port: number | undefined] {
  const [host, port, ...rest] = (Array.isArray(mailhost) ? mailhost : [mailhost]) as unknown[];
  if (typeof host !== 'string' || host === '' || /[\s\0]/.test(host) || rest.length > 0) {
    throw new ConfigurationError(
      `${owner}: "mailhost" must be a host name or [host, port], got ${JSON.stringify(mailhost)}.`,
    );
  }
  if (host.includes(':') && isIP(host) === 0) {
    const [name, number] = host.split(':');
    throw new ConfigurationError(
      `${owner}: "mailhost" must be a host name, got "${host}"; write the port apart: ["${name}", ${number}].`,
    );
  }
  if (port === undefined || port === null) return [host, undefined];
  if (Number.isInteger(port) && (port as number) >= 0 && (port as number) <= 65_535)
    return [host, port as number];
  throw new ConfigurationError(
    `${owner}: the port in "mailhost" must be from 0 to 65535, got ${JSON.stringify(port)}; leave it out, or 0, for the default.`,
  );
}

function securityOf(owner: string, options: MailServerOptions): Pick<MailServer, 'encryption' | 'tls'> {
  const { secure, tls = {} } = options;
  if (secure === undefined || secure === null || secure === false) {
    if (options.tls === undefined || options.tls === null) return { encryption: 'none', tls };
    throw new ConfigurationError(
      `${owner}: "tls" is given without "secure"; set secure: true for STARTTLS, or secure: 'tls'.`,
    );
  }
  if (secure === 'tls') return { encryption: 'implicit', tls };
  if (secure === true) return { encryption: 'starttls', tls };
  if (Array.isArray(secure))
    return { encryption: 'starttls', tls: { ...clientCertificate(owner, secure), ...tls } };
  if (isPlainObject(secure)) return { encryption: 'starttls', tls: { ...secure, ...tls } };
  throw new ConfigurationError(
    `${owner}: "secure" must be true, 'tls', [], [keyfile, certfile] or TLS options, got ${typeof secure}.`,
  );
}

/** Python's `(keyfile, certfile)`. Reads the files now, so that the constructor reports a missing one. */
function clientCertificate(owner: string, files: readonly string[]): ConnectionOptions {
  const [keyfile, certfile, ...rest] = files;
  if (keyfile === undefined) return {};
  if (certfile === undefined || rest.length > 0) {
    throw new ConfigurationError(
      `${owner}: "secure" must be [] or [keyfile, certfile], got ${files.length} items.`,
    );
  }
  try {
    return { key: readFileSync(keyfile), cert: readFileSync(certfile) };
  } catch (cause) {
    throw new ConfigurationError(
      `${owner}: "secure" names a file that cannot be read; give the paths of PEM files.`,
      { cause },
    );
  }
}

function credentialsOf(owner: string, credentials: unknown): readonly (string | undefined)[] {
  if (credentials === undefined || credentials === null) return [];
  if (
    Array.isArray(credentials) &&
    credentials.length === 2 &&
    credentials.every((item): item is string => typeof item === 'string')
  ) {
    // As in CPython, an empty user (for example from an unset variable) means no login.
    return credentials[0] === '' ? [] : credentials;
  }
  // The value may contain the password, so it is not printed.
  throw new ConfigurationError(`${owner}: "credentials" must be [user, password], two strings.`);
}
