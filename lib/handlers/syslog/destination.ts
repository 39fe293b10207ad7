/** Checks where syslog messages are sent to: an address and a kind of socket. */
import { inspect } from 'node:util';
import { ConfigurationError } from '../../errors';
import { MAX_SOCKET_PATH_BYTES } from '../../outbox/unix-datagram';

export type SyslogAddress = readonly [host: string, port: number] | string;
export type SyslogSocketType = 'dgram' | 'stream';

export interface NetworkDestination {
  readonly kind: 'udp' | 'tcp' | 'tls';
  readonly host: string;
  readonly port: number;
}

export interface UnixDestination {
  readonly kind: 'unix';
  readonly path: string;
  /** Undefined: the kind that exists at the path. A datagram socket is tried first. */
  readonly socktype: SyslogSocketType | undefined;
}

export type SyslogDestination = NetworkDestination | UnixDestination;

export interface DestinationOptions {
  readonly address: SyslogAddress;
  readonly socktype: SyslogSocketType | undefined;
  readonly tls: boolean;
}

/** @throws ConfigurationError for an invalid address, or a socket type that does not fit it. */
export function destinationOf(owner: string, options: DestinationOptions): SyslogDestination {
  const { address, socktype, tls } = options;
  if (tls && (socktype === 'dgram' || typeof address === 'string')) {
    throw new ConfigurationError(
      `${owner}: "tls" needs a TCP connection; set "address" to [host, port] and omit "socktype".`,
    );
  }
  if (typeof address === 'string') return unixDestination(owner, address, socktype);
  const [host, port] = checkedPair(owner, address);
  if (tls) return { kind: 'tls', host, port };
  return { kind: socktype === 'stream' ? 'tcp' : 'udp', host, port };
}

function unixDestination(
  owner: string,
  path: string,
  socktype: SyslogSocketType | undefined,
): UnixDestination {
  const bytes = Buffer.byteLength(path);
  if (bytes === 0 || bytes > MAX_SOCKET_PATH_BYTES || path.includes('\0')) {
    throw new ConfigurationError(
      `${owner}: "address" must be [host, port] or the path of a Unix socket of 1 to ${MAX_SOCKET_PATH_BYTES} bytes, ` +
        `got ${inspect(path)}.`,
    );
  }
  if (socktype === 'dgram' && process.platform !== 'linux') {
    throw new ConfigurationError(
      `${owner}: "socktype" 'dgram' with a Unix socket works on Linux only; use 'stream', or [host, port] and UDP.`,
    );
  }
  return { kind: 'unix', path, socktype };
}

function checkedPair(owner: string, address: readonly [string, number]): readonly [string, number] {
  const pair: readonly unknown[] = Array.isArray(address) ? address : [];
  const [host, port] = pair;
  const isHost = typeof host === 'string' && host !== '' && !host.includes('\0');
  const isPort = typeof port === 'number' && Number.isInteger(port) && port > 0 && port <= 65_535;
  if (pair.length === 2 && isHost && isPort) return [host, port];
  throw new ConfigurationError(
    `${owner}: "address" must be [host, port] with a port from 1 to 65535, or the path of a Unix socket, ` +
      `got ${inspect(address)}.`,
  );
}

/** Text for reports: `udp localhost:514`, `unix /dev/log`. */
export function destinationText(destination: SyslogDestination): string {
  if (destination.kind === 'unix') return `unix ${destination.path}`;
  const { kind, host, port } = destination;
  return `${kind} ${host.includes(':') ? `[${host}]` : host}:${port}`;
}
