/** Real servers of Node whose every request has a scope, for the specs of HTTP scopes. */
import { once } from 'node:events';
import {
  createServer,
  request as send,
  type IncomingMessage,
  type RequestOptions,
  type ServerResponse,
} from 'node:http';
import {
  connect,
  createServer as createHttp2Server,
  type ClientHttp2Stream,
  type Http2ServerRequest,
  type Http2ServerResponse,
} from 'node:http2';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { contextStorage } from '../../lib/core/record-context';
import { openHttpScope } from '../../lib/scope/http/open';
import { logRequest } from '../../lib/scope/http/request-record';
import type { LogScope, ScopePlace } from '../../lib/scope/scope';
import { compileScopeOptions } from '../../lib/scope/compile-options';
import type { LogScopeOptions } from '../../lib/scope/options';
import { RawClient } from '../support/raw-client';
import type { ScopeTree } from './scope-tree';

export type RequestWork = (
  request: IncomingMessage,
  response: ServerResponse,
  scope: LogScope | undefined,
) => unknown;

export interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export class ScopedServer {
  readonly port: number;
  /** The scopes opened so far. */
  readonly scopes: readonly (LogScope | undefined)[];

  constructor(port: number, scopes: readonly (LogScope | undefined)[]) {
    this.port = port;
    this.scopes = scopes;
  }

  async get(path: string, options: RequestOptions = {}): Promise<Answer> {
    const outgoing = send({ port: this.port, host: '127.0.0.1', path, ...options });
    outgoing.end();
    const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
    let body = '';
    for await (const chunk of response.setEncoding('utf8')) body += String(chunk);
    return { status: response.statusCode ?? 0, headers: response.headers, body };
  }

  /** A raw connection, for what a well-behaved client does not send. */
  async connect(): Promise<RawClient> {
    return RawClient.connect(this.port);
  }
}

/** What a framework does with a handler that throws: it is answered with 500. */
async function attempt(
  scope: LogScope | undefined,
  response: ServerResponse | Http2ServerResponse,
  work: () => unknown,
): Promise<void> {
  try {
    await work();
  } catch (error) {
    scope?.fail(error);
    if (!response.headersSent) response.statusCode = 500;
    response.end();
  }
}

function placeIn(tree: ScopeTree, options: LogScopeOptions): ScopePlace {
  return {
    options: compileScopeOptions({ dumpRecord: false, ...options }),
    tree: tree.manager,
    logEnd: logRequest,
  };
}

/** Listens on a free port until the test is finished. Work that throws is answered with 500, as a framework does. */
export async function scopedServer(
  tree: ScopeTree,
  work: RequestWork,
  options: LogScopeOptions = {},
): Promise<ScopedServer> {
  const place = placeIn(tree, options);
  const scopes: (LogScope | undefined)[] = [];
  const server = createServer((request, response) => {
    const scope = openHttpScope(request, response, place);
    scopes.push(scope);
    void contextStorage.run(scope, async () =>
      attempt(scope, response, () => work(request, response, scope)),
    );
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return new ScopedServer((server.address() as AddressInfo).port, scopes);
}

export interface ScopedHttp2Server {
  readonly scopes: readonly (LogScope | undefined)[];
  /** Sends a request on the one session of the client. */
  request(path: string): ClientHttp2Stream;
}

/** The same over HTTP/2, with a client. */
export async function scopedHttp2Server(
  tree: ScopeTree,
  work: (request: Http2ServerRequest, response: Http2ServerResponse) => unknown,
): Promise<ScopedHttp2Server> {
  const place = placeIn(tree, {});
  const scopes: (LogScope | undefined)[] = [];
  const server = createHttp2Server((request, response) => {
    const scope = openHttpScope(request, response, place);
    scopes.push(scope);
    void contextStorage.run(scope, async () => attempt(scope, response, () => work(request, response)));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const session = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  onTestFinished(async () => {
    session.destroy();
    server.close();
    await once(server, 'close');
  });
  return {
    scopes,
    request: (path) => session.request({ ':path': path }).on('error', () => undefined),
  };
}
