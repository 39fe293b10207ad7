/** The address of a SocketHandler or DatagramHandler: a host and port, or the path of a Unix socket. */
import { ConfigurationError } from '../errors';

export interface SocketAddress {
  readonly host: string;
  /** null: `host` is the path of a Unix socket. */
  readonly port: number | null;
}

/** @throws ConfigurationError naming the owner and the argument. */
export function checkAddress(owner: string, host: string, port: number | null): SocketAddress {
  if (typeof host !== 'string' || host === '') {
    throw new ConfigurationError(
      `${owner}: "host" must be a host name, an address, or with port null the path of a Unix socket, got ${JSON.stringify(host)}.`,
    );
  }
  if (port !== null && !(Number.isInteger(port) && port >= 1 && port <= 65_535)) {
    throw new ConfigurationError(
      `${owner}: "port" must be an integer from 1 to 65535, or null for a Unix socket, got ${String(port)}.`,
    );
  }
  return { host, port };
}

/** `127.0.0.1:9020`, `[::1]:9020`, `/run/log.sock` */
export function addressText({ host, port }: SocketAddress): string {
  if (port === null) return host;
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
