/** The options of SysLogHandler, their defaults and their checks. */
import type { ConnectionOptions, SecureContext } from 'node:tls';
import { inspect } from 'node:util';
import { ConfigurationError } from '../../errors';
import { Rfc5424Formatter } from '../../formatters/rfc5424.formatter';
import { FACILITY, PRIORITIES, type FacilityName, type PriorityMap } from '../../formatters/syslog-fields';
import { lazy } from '../../internal/lazy';
import {
  boolean,
  integer,
  number,
  oneOf,
  otherwise,
  rule,
  text,
  type Rule,
  type Settings,
  type SpecOf,
} from '../../internal/options';
import { assertPeer } from '../../internal/optional-peer';
import { OUTBOX_HANDLER_SPEC, type OutboxHandlerOptions } from '../outbox.handler';
import { TLS } from '../socket-options';
import type { SyslogAddress, SyslogDestination, SyslogSocketType } from './destination';
import type { SyslogFormat, SyslogFraming } from './syslog-message';

const loadTls = lazy(() => require('node:tls') as typeof import('node:tls'));
const loadParts = lazy(() => require('./index') as typeof import('./index'));

export interface SysLogHandlerOptions extends OutboxHandlerOptions {
  /** Host and port, or the path of a Unix socket such as `/dev/log`. @defaultValue ['localhost', 514] */
  readonly address?: SyslogAddress;
  /** The kind of program that logs: a name or its number, 0 to 23. @defaultValue 1, which is 'user' */
  readonly facility?: FacilityName | number;
  /**
   * `dgram` is UDP, `stream` is TCP, or the kind of a Unix socket. Unix datagrams need Linux and `npm install koffi`.
   * @defaultValue 'dgram'; 'stream' with `tls`; for a Unix socket the kind that exists
   */
  readonly socktype?: SyslogSocketType;
  /** Use TLS, with the options of `tls.connect`: `ca`, `cert`, `key` and so on. The server is verified by default. */
  readonly tls?: boolean | ConnectionOptions;
  /** Time limit for connecting and for a peer that reads nothing, in seconds. @defaultValue 5 */
  readonly timeout?: number;
  /**
   * @defaultValue 'python'; 'rfc5424' with an Rfc5424Formatter as `formatter`
   */
  readonly format?: SyslogFormat;
  /**
   * How a message ends on a stream. Python's messages end with a NUL only, which few servers understand. By default,
   * line breaks and NULs in such a message become `#012` and `#000`. With 'none' they stay.
   * @defaultValue only `appendNul` with the format `python`; else 'octet-counted', and 'newline' on a Unix socket
   */
  readonly framing?: SyslogFraming;
  /** Text before each message, such as `shop: `. In the RFC formats, the program and process. @defaultValue '' */
  readonly ident?: string;
  /** End messages of the format `python` with a NUL. @defaultValue true without `framing` or with 'none' */
  readonly appendNul?: boolean;
  /** Priorities by level name. A level without an entry gets one by its number. @defaultValue Python's */
  readonly priorityMap?: PriorityMap;
  /** Name of this host in the RFC formats. @defaultValue `os.hostname()`; no name in `rfc3164` on a Unix socket */
  readonly hostname?: string;
  /**
   * Most bytes of a message. A longer one is cut and says so. Unix datagrams are also cut to the socket's send buffer.
   * @defaultValue 65507 with UDP, which is its limit; else 131072
   */
  readonly maxMessageBytes?: number;
}

export const SYSLOG_UDP_PORT = 514;
export const SYSLOG_TCP_PORT = 514;

const FORMATS: readonly SyslogFormat[] = ['python', 'rfc5424', 'rfc3164'];
const FRAMINGS: readonly SyslogFraming[] = ['octet-counted', 'newline', 'nul', 'none'];

/** Python's numbers: SOCK_STREAM is 1, SOCK_DGRAM 2. */
function socketTypeOf(value: unknown): unknown {
  if (value === 1) return 'stream';
  return value === 2 ? 'dgram' : value;
}

export const SYSLOG_SPEC = {
  ...OUTBOX_HANDLER_SPEC,
  address: rule(
    '[host, port] with a port from 1 to 65535, or the path of a Unix socket',
    (value) => (typeof value === 'string' || Array.isArray(value) ? (value as SyslogAddress) : undefined),
    { fallback: ['localhost', SYSLOG_UDP_PORT] },
  ),
  facility: { ...FACILITY, fallback: undefined, otherwise: "1, which is 'user'" } as Rule<
    FacilityName | number | undefined
  >,
  socktype: {
    ...oneOf(['dgram', 'stream']),
    otherwise: "'dgram'; 'stream' with `tls`",
    fromData: socketTypeOf,
  } as Rule<SyslogSocketType | undefined>,
  tls: TLS,
  timeout: number(0.001, 5),
  format: otherwise(oneOf(FORMATS), "'python'; 'rfc5424' with an Rfc5424Formatter"),
  framing: otherwise(oneOf(FRAMINGS), 'what the format has'),
  ident: text(),
  appendNul: otherwise(boolean(), "true without `framing`, and with 'none'"),
  priorityMap: PRIORITIES,
  hostname: otherwise(text(), '`os.hostname()`'),
  maxMessageBytes: otherwise(integer(1), '65507 with UDP, else 131072'),
} satisfies SpecOf<SysLogHandlerOptions>;

/** What the options say together. */
export interface SyslogSettings {
  readonly destination: SyslogDestination;
  readonly facility: FacilityName | number;
  readonly tls: (ConnectionOptions & { readonly secureContext: SecureContext }) | undefined;
  readonly timeout: number;
  readonly format: SyslogFormat;
  readonly framing: SyslogFraming | undefined;
  readonly ident: string;
  readonly appendNul: boolean;
  readonly priorityMap: PriorityMap;
  readonly hostname: string | undefined;
  readonly maxMessageBytes: number;
}

type Given = Settings<typeof SYSLOG_SPEC>;

/** Payload of the largest UDP datagram over IPv4 (65535, less 20 and 8 bytes of headers). */
const MAX_UDP_BYTES = 65_507;
/** Below the 200 000 bytes at which rsyslog closes the connection. */
const STREAM_BYTES = 131_072;
/** Space for the note that a message was cut. 480 bytes are what every RFC 5424 receiver must accept. */
const LEAST_BYTES = { python: 64, rfc3164: 480, rfc5424: 480 } as const;

/** @throws ConfigurationError for options that exclude each other, and without koffi where it is needed. */
export function syslogSettings(owner: string, options: Given): SyslogSettings {
  const tls = tlsOf(owner, options.tls);
  const { address, socktype } = options;
  const destination = loadParts().destinationOf(owner, { address, socktype, tls: tls !== undefined });
  const format = formatOf(owner, options);
  const framing = framingOf(owner, options.framing, { format, destination });
  if (destination.kind === 'unix' && destination.socktype === 'dgram') assertPeer('koffi', owner);
  return {
    destination,
    facility: options.facility ?? facilityOf(options),
    tls,
    timeout: options.timeout,
    format,
    framing,
    ident: options.ident ?? '',
    appendNul: appendNulOf(owner, options, format),
    priorityMap: options.priorityMap,
    hostname: options.hostname,
    maxMessageBytes: maxBytesOf(owner, options.maxMessageBytes, { format, destination }),
  };
}

/** The default framing of a format for a destination. */
export function defaultFraming(format: SyslogFormat, { kind }: SyslogDestination): SyslogFraming | undefined {
  if (format === 'python' || kind === 'udp') return undefined;
  return kind === 'unix' ? 'newline' : 'octet-counted';
}

function tlsOf(owner: string, tls: Given['tls']): SyslogSettings['tls'] {
  if (tls === false) return undefined;
  const options = tls === true ? {} : tls;
  try {
    // Created once, since it reads the certificates. An invalid one throws here.
    return { ...options, secureContext: options.secureContext ?? loadTls().createSecureContext(options) };
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : inspect(cause);
    throw new ConfigurationError(`${owner}: "tls" has a certificate or key that cannot be read: ${why}.`, {
      cause,
    });
  }
}

function formatOf(owner: string, { format, formatter, ident }: Given): SyslogFormat {
  if (!(formatter instanceof Rfc5424Formatter)) return format ?? 'python';
  if (format !== undefined && format !== 'rfc5424') {
    throw new ConfigurationError(
      `${owner}: "format" must be 'rfc5424' with an Rfc5424Formatter, got ${inspect(format)}.`,
    );
  }
  if (ident !== undefined) {
    throw new ConfigurationError(
      `${owner}: "ident" cannot be used with an Rfc5424Formatter; set its option "appName".`,
    );
  }
  return 'rfc5424';
}

function facilityOf({ formatter }: Given): FacilityName | number {
  return formatter instanceof Rfc5424Formatter ? formatter.facility : 1;
}

function framingOf(
  owner: string,
  framing: SyslogFraming | undefined,
  { format, destination }: Pick<SyslogSettings, 'format' | 'destination'>,
): SyslogFraming | undefined {
  if (framing === undefined) return undefined;
  const isDatagram =
    destination.kind === 'udp' || (destination.kind === 'unix' && destination.socktype === 'dgram');
  if (framing === 'none' && format !== 'python') {
    throw new ConfigurationError(
      `${owner}: "framing" 'none' works with the format 'python' only; omit it, or use one of octet-counted, newline, nul.`,
    );
  }
  if (!isDatagram) return framing;
  throw new ConfigurationError(
    `${owner}: "framing" is for streams, not for datagrams; omit it, or use "socktype" 'stream'.`,
  );
}

function appendNulOf(owner: string, { appendNul, framing }: Given, format: SyslogFormat): boolean {
  if (format === 'python') return appendNul ?? (framing === undefined || framing === 'none');
  if (appendNul !== true) return false;
  throw new ConfigurationError(
    `${owner}: "appendNul" works with the format 'python' only; omit it, or use "framing" 'nul' on a stream.`,
  );
}

function maxBytesOf(
  owner: string,
  given: number | undefined,
  { format, destination }: Pick<SyslogSettings, 'format' | 'destination'>,
): number {
  const most = destination.kind === 'udp' ? MAX_UDP_BYTES : Number.MAX_SAFE_INTEGER;
  const value = given ?? Math.min(most, STREAM_BYTES);
  const least = LEAST_BYTES[format];
  if (Number.isSafeInteger(value) && value >= least && value <= most) return value;
  const limit = destination.kind === 'udp' ? `from ${least} to ${most}` : `of at least ${least}`;
  throw new ConfigurationError(
    `${owner}: "maxMessageBytes" must be an integer ${limit} with the format ${format}, got ${String(value)}.`,
  );
}
