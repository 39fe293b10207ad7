/** A server for streams of lines, which stores what it receives and can simulate failures. */
import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

export interface TcpPeerOptions {
  /** @defaultValue 0, any free port */
  readonly port?: number;
  /** Serves TLS. */
  readonly tls?: TlsOptions;
  /** Called with each connection before it is read. */
  readonly onConnection?: (socket: Socket) => void;
  /** False: accepts connections and never reads them. @defaultValue true */
  readonly reads?: boolean;
  /** Keeps its side of a connection open when the other side ends. @defaultValue false */
  readonly allowHalfOpen?: boolean;
}

/** The server. It is stopped when the test has finished. */
export class TcpPeer {
  readonly server: Server;
  readonly sockets = new Set<Socket>();
  connections = 0;
  #text = '';

  constructor(server: Server) {
    this.server = server;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  get text(): string {
    return this.#text;
  }

  /** The complete lines received so far. */
  get lines(): string[] {
    return this.#text.split('\n').slice(0, -1);
  }

  take(socket: Socket, options: TcpPeerOptions): void {
    this.connections++;
    this.sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => this.sockets.delete(socket));
    options.onConnection?.(socket);
    if (options.reads ?? true) socket.on('data', (chunk: Buffer) => (this.#text += chunk.toString('latin1')));
  }

  /** Ends all connections normally: the other side gets a FIN. */
  end(): void {
    for (const socket of this.sockets) socket.end();
  }

  /** Resets all connections, as the kernel does for a killed process that had not read everything. */
  reset(): void {
    for (const socket of this.sockets) socket.resetAndDestroy();
  }

  /** Stops listening, and destroys the connections. */
  async stop(): Promise<void> {
    if (!this.server.listening) return;
    const closed = once(this.server, 'close');
    this.server.close();
    for (const socket of this.sockets) socket.destroy();
    await closed;
  }
}

export async function startTcpPeer(options: TcpPeerOptions = {}): Promise<TcpPeer> {
  const server =
    options.tls === undefined
      ? createServer({ allowHalfOpen: options.allowHalfOpen ?? false })
      : createTlsServer(options.tls);
  const peer = new TcpPeer(server);
  server.on(options.tls === undefined ? 'connection' : 'secureConnection', (socket: Socket) =>
    peer.take(socket, options),
  );
  server.on('tlsClientError', () => {});
  server.listen(options.port ?? 0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(async () => peer.stop());
  return peer;
}
