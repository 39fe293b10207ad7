/** A real node:http server whose every request has a scope, for the specs of HTTP scopes. */
import { once } from 'node:events';
import {
  createServer,
  request as send,
  type IncomingMessage,
  type RequestOptions,
  type ServerResponse,
} from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import { contextStorage } from '../../lib/core/record-context';
import { openHttpScope } from '../../lib/scope/http-scope';
import type { LogScope } from '../../lib/scope/log-scope';
import { compileScopeOptions, type LogScopeOptions } from '../../lib/scope/scope-options';
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
  async connect(): Promise<Socket> {
    const socket = connect(this.port, '127.0.0.1');
    onTestFinished(() => void socket.destroy());
    await once(socket, 'connect');
    return socket;
  }
}

/** Listens on a free port until the test is finished. Work that throws is answered with 500, as a framework does. */
export async function scopedServer(
  tree: ScopeTree,
  work: RequestWork,
  options: LogScopeOptions = {},
): Promise<ScopedServer> {
  const init = { options: compileScopeOptions({ dumpRecord: false, ...options }), tree: tree.manager };
  const scopes: (LogScope | undefined)[] = [];
  const server = createServer((request, response) => {
    const scope = openHttpScope(request, response, init);
    scopes.push(scope);
    const attempt = async (): Promise<void> => {
      try {
        await work(request, response, scope);
      } catch (error) {
        scope?.fail(error);
        if (!response.headersSent) response.statusCode = 500;
        response.end();
      }
    };
    void contextStorage.run(scope, attempt);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return new ScopedServer((server.address() as AddressInfo).port, scopes);
}
