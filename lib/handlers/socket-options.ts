/** Options of the handlers and the receiver that use sockets: the address, TLS, the serializer and the key. */
import type { ConnectionOptions } from 'node:tls';
import type { LogRecord } from '../core/log-record';
import { accepting } from '../internal/options';

export interface SocketAddress {
  readonly host: string;
  /** If null, `host` is the path of a Unix socket. */
  readonly port: number | null;
}

function isPort(value: unknown): value is number | null {
  if (value === null) return true;
  return typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= 65_535;
}

/** The option `tls` of the handlers that connect to a host. */
export const TLS = accepting(
  'true, false or the options of tls.connect',
  (tls): tls is boolean | ConnectionOptions =>
    typeof tls === 'boolean' || (typeof tls === 'object' && tls !== null),
  { fallback: false },
);

/**
 * - `pickle`: the format of Python's receivers: four bytes of length, then the attributes as a pickle.
 * - `json`: the same with JSON instead of the pickle: the receiver calls `json.loads` instead of `pickle.loads`.
 * - a function: its bytes are sent unchanged, for other receivers.
 */
export type RecordSerializer = 'pickle' | 'json' | ((record: LogRecord) => Uint8Array);

export const SERIALIZER = accepting(
  "'pickle', 'json' or a function",
  (value): value is RecordSerializer => value === 'pickle' || value === 'json' || typeof value === 'function',
  { fallback: 'pickle' },
);

export const HMAC_KEY = accepting(
  'a string or bytes that are not empty',
  (key): key is string | Uint8Array =>
    (typeof key === 'string' || key instanceof Uint8Array) && key.length > 0,
  { secret: true, advice: 'leave it out for frames without a signature', otherwise: 'no signature' },
);

/** The arguments before the options. */
export const ADDRESS_ARGUMENTS = {
  host: accepting(
    'a host name, an address, or with port null the path of a Unix socket',
    (host): host is string => typeof host === 'string' && host !== '',
    { required: true },
  ),
  port: accepting('an integer from 1 to 65535, or null for a Unix socket', isPort, { required: true }),
};

/** `127.0.0.1:9020`, `[::1]:9020`, `/run/log.sock` */
export function addressText({ host, port }: SocketAddress): string {
  if (port === null) return host;
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
