/** Which server mails go to, and how: the options of the mail handlers, checked. */
import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import { ConfigurationError } from '../../errors';
import { isPlainObject } from '../../internal/foreign';

/**
 * `true`, `[]` or TLS options: STARTTLS is required. `[keyfile, certfile]`: so it is, with a client certificate.
 * `'tls'`: TLS from the start, port 465 by default.
 */
export type SmtpSecurity = boolean | 'tls' | readonly string[] | ConnectionOptions;

export interface SmtpServerOptions {
  readonly credentials?: readonly [user: string, password: string] | undefined;
  readonly secure?: SmtpSecurity | undefined;
  readonly tls?: ConnectionOptions | undefined;
  readonly timeout?: number | undefined;
}

export interface SmtpServer {
  readonly host: string;
  readonly port: number;
  readonly encryption: 'none' | 'starttls' | 'implicit';
  readonly tls: ConnectionOptions;
  readonly user: string | undefined;
  readonly password: string | undefined;
  readonly timeoutMs: number;
}

/** As in CPython's code; its documentation says 1.0. */
export const DEFAULT_TIMEOUT_S = 5;
/** Longest delay of a timer, in s. */
export const LONGEST_TIMEOUT_S = 2_147_483;
const SMTP_PORT = 25;
const SMTPS_PORT = 465;

/** @throws ConfigurationError naming the option that is wrong. */
export function smtpServer(owner: string, mailhost: unknown, options: SmtpServerOptions): SmtpServer {
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

/** Host and port as they were given; the port is undefined when there is none. */
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

function securityOf(owner: string, options: SmtpServerOptions): Pick<SmtpServer, 'encryption' | 'tls'> {
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

/** Python's `(keyfile, certfile)`. Read now: a missing file is told where it is named. */
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
      {
        cause,
      },
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
    // As in CPython, an empty user, such as a variable that is not set, means no login.
    return credentials[0] === '' ? [] : credentials;
  }
  // What came may hold the password: it is not printed.
  throw new ConfigurationError(`${owner}: "credentials" must be [user, password], two strings.`);
}
