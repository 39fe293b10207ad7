/** Where requests go: host and port out of Python's one argument, and the request target. */
import { domainToASCII } from 'node:url';
import { ConfigurationError } from '../../errors';

export interface HttpTarget {
  readonly secure: boolean;
  /** Without brackets, in ASCII. */
  readonly hostname: string;
  readonly port: number;
  /**
   * The header Host. Of an absolute URL, as for a proxy, its host and port (RFC 9112, section 3.2), without a user; else
   * those of the connection: with brackets around IPv6, without a default port.
   */
  readonly hostHeader: string;
  /** Path and query, sent as they are. */
  readonly url: string;
}

/** What http.client refuses too: controls, spaces and what is not ASCII. */
const UNSENDABLE = /[^\x21-\x7e]/;
/** As http.client knows an absolute URL: by a scheme in lower case, and by a host behind it. */
const HOST_OF_URL = /^http[a-z\d+.-]*:\/\/(?:[^/?#]*@)?([^/?#]+)/;
const HOST_AND_PORT = /^(?:\[([^\]]+)\]|([^:]*))(?::(\d*))?$/;

function bad(owner: string, name: string, problem: string): ConfigurationError {
  return new ConfigurationError(`${owner}: "${name}" ${problem}.`);
}

function checkedPort(owner: string, text: string | undefined, secure: boolean): number {
  if (text === undefined || text === '') return secure ? 443 : 80;
  const port = Number(text);
  if (port >= 1 && port <= 65_535) return port;
  throw bad(owner, 'host', `must have a port from 1 to 65535, got ${text}`);
}

/** What one would not type by purpose into a host gets its own sentence. */
function checkHostText(owner: string, host: unknown): asserts host is string {
  if (typeof host !== 'string' || host === '') {
    throw bad(owner, 'host', `must be a host name with or without ":port", got ${JSON.stringify(host)}`);
  }
  if (/^\w+:\/\//.test(host)) {
    throw bad(
      owner,
      'host',
      `must be a host without a scheme, got ${host}; write "secure: true" for https and give the path in "url"`,
    );
  }
  if (/[\s/?#@\\]/.test(host)) {
    throw bad(owner, 'host', `must be a host name with or without ":port", got ${JSON.stringify(host)}`);
  }
}

function checkedUrl(owner: string, url: unknown): string {
  if (typeof url !== 'string' || url === '') {
    throw bad(owner, 'url', `must be a path such as "/log", got ${JSON.stringify(url)}`);
  }
  const found = UNSENDABLE.exec(url);
  if (found === null) return url;
  throw bad(
    owner,
    'url',
    `must be of printable ASCII characters, got ${JSON.stringify(found[0])} at ${found.index}; percent-encode it`,
  );
}

/**
 * @throws ConfigurationError `ERR_LOG_OPTION` if the host or the url cannot be used in a request. Python finds out at
 * each record.
 */
export function httpTarget(
  owner: string,
  { host, url, secure }: { readonly host: unknown; readonly url: unknown; readonly secure: boolean },
): HttpTarget {
  checkHostText(owner, host);
  const [, ipv6, name = '', portText] = HOST_AND_PORT.exec(host) ?? [];
  const hostname = ipv6 ?? domainToASCII(name);
  if (hostname === '') {
    throw bad(
      owner,
      'host',
      `must be a host name, or an IPv6 address in brackets, got ${JSON.stringify(host)}`,
    );
  }
  const port = checkedPort(owner, portText, secure);
  const shown = hostname.includes(':') ? `[${hostname}]` : hostname;
  const hostHeader = port === (secure ? 443 : 80) ? shown : `${shown}:${port}`;
  const target = checkedUrl(owner, url);
  return { secure, hostname, port, hostHeader: HOST_OF_URL.exec(target)?.[1] ?? hostHeader, url: target };
}

/** The target of a GET that carries `data`, as Python joins the two. */
export function withQuery(url: string, data: string): string {
  return `${url}${url.includes('?') ? '&' : '?'}${data}`;
}
