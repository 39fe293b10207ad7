/** A web server that answers as the test says, and keeps what it was asked. */
import { once } from 'node:events';
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createSecureServer, type ServerOptions } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import { until } from '../../support/until';

export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** An answer, or what a server does instead: nothing, a reset, an answer without an end. */
export type Reaction = number | Answer | 'hang' | 'reset' | 'endless' | 'half';

export interface ScriptedRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
  /** Number of the connection, from 1. */
  readonly connection: number;
  /** ms of performance.now() when it had been read. */
  readonly at: number;
}

/** What the server does with a request; by default it takes all. */
export type Script = (request: ScriptedRequest, number: number) => Reaction;

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function answer({ status, headers = {}, body = '' }: Answer, response: ServerResponse): void {
  response.writeHead(status, { 'Content-Length': String(Buffer.byteLength(body)), ...headers }).end(body);
}

function react(reaction: Reaction, socket: Socket, response: ServerResponse): void {
  if (typeof reaction === 'number') return answer({ status: reaction }, response);
  if (typeof reaction === 'object') return answer(reaction, response);
  if (reaction === 'reset') return void socket.resetAndDestroy();
  if (reaction === 'endless') {
    response.writeHead(200);
    const more = (): void => void (!response.destroyed && response.write('x'.repeat(16_384), more));
    return more();
  }
  if (reaction === 'half') {
    response.writeHead(200, { 'Content-Length': '100' });
    response.write('half of it', () => socket.resetAndDestroy());
  }
}

export class ScriptedServer {
  readonly requests: ScriptedRequest[] = [];
  script: Script;
  connections = 0;
  readonly #server: Server;
  readonly #numbers = new WeakMap<Socket, number>();

  constructor(script: Script, tls: ServerOptions | undefined) {
    this.script = script;
    const listener: RequestListener = (request, response) => void this.#handle(request, response);
    this.#server = tls === undefined ? createServer(listener) : createSecureServer(tls, listener);
    this.#server.on(tls === undefined ? 'connection' : 'secureConnection', (socket: Socket) => {
      this.#numbers.set(socket, ++this.connections);
      socket.on('error', () => undefined);
    });
    this.#server.on('tlsClientError', () => undefined);
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** `host:port`, as the handler takes it. */
  get host(): string {
    return `127.0.0.1:${this.port}`;
  }

  get bodies(): string[] {
    return this.requests.map(({ body }) => body.toString());
  }

  async listen(port = 0): Promise<void> {
    this.#server.listen(port, '127.0.0.1');
    await once(this.#server, 'listening');
  }

  /** Closes the connections that wait for a next request, as a server does after a while. */
  closeIdle(): void {
    this.#server.closeIdleConnections();
  }

  async close(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  async received(count: number): Promise<readonly ScriptedRequest[]> {
    await until(() => this.requests.length >= count, { what: `the server has ${count} requests` });
    return this.requests;
  }

  async #handle(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url = '', headers, socket } = incoming;
    const body = await bodyOf(incoming);
    const connection = this.#numbers.get(socket) ?? 0;
    const request = { method, url, headers, body, connection, at: performance.now() };
    this.requests.push(request);
    react(this.script(request, this.requests.length), socket, response);
  }
}

/** One for the running test; it listens, unless a port is to be found closed first. */
export async function scriptedServer(
  script: Script = () => 200,
  { tls, listen = true }: { readonly tls?: ServerOptions; readonly listen?: boolean } = {},
): Promise<ScriptedServer> {
  const server = new ScriptedServer(script, tls);
  onTestFinished(() => server.close());
  if (listen) await server.listen();
  return server;
}
