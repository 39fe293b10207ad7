/** The option `outgoingHttp`: which outgoing HTTP requests are logged, and with which headers. */
import { rule } from '../internal/options';

export interface OutgoingHttpOptions {
  /** Hosts, such as `metrics.internal` or `localhost:9200`, or patterns for them. @defaultValue none */
  readonly ignore?: readonly (string | RegExp)[];
  /** Headers of the answer that become the field `headers`. @defaultValue none */
  readonly headers?: readonly string[];
}

/** The checked option. */
export interface OutgoingHttp {
  readonly ignore: readonly (string | RegExp)[];
  readonly headers: readonly string[];
}

const ALL: OutgoingHttp = { ignore: [], headers: [] };

function isHost(value: unknown): value is string | RegExp {
  return value instanceof RegExp || (typeof value === 'string' && value !== '');
}

function isHeader(value: unknown): value is string {
  return typeof value === 'string' && /^[\w-]+$/.test(value);
}

function read(value: unknown): OutgoingHttp | false | undefined {
  if (typeof value === 'boolean') return value && ALL;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const { ignore = [], headers = [], ...others } = value as Record<string, unknown>;
  if (!Array.isArray(ignore) || !Array.isArray(headers) || Object.keys(others).length > 0) return undefined;
  if (!ignore.every(isHost) || !headers.every(isHeader)) return undefined;
  return {
    ignore: ignore.map((host) => (typeof host === 'string' ? host.toLowerCase() : host)),
    headers: headers.map((name) => name.toLowerCase()),
  };
}

export const OUTGOING_HTTP = rule('true, false, or an object with "ignore" and "headers"', read, {
  fallback: true,
});

/** Whether no record is made for requests to this host. A host without a port stands for all ports. */
export function isIgnored(host: string, { ignore }: OutgoingHttp): boolean {
  const name = host.toLowerCase();
  return ignore.some((entry) =>
    typeof entry === 'string'
      ? name === entry || name.replace(/:\d+$/, '') === entry
      : name.search(entry) !== -1,
  );
}
