/** Servers that store the bytes they receive: datagrams over UDP, and streams on a Unix socket. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

export interface UdpServer {
  readonly port: number;
  readonly received: readonly Buffer[];
}

/** Starts a UDP server on 127.0.0.1 for the running test. */
export async function udpServer(): Promise<UdpServer> {
  const socket = createSocket({ type: 'udp4', recvBufferSize: 4 * 1024 * 1024 });
  const received: Buffer[] = [];
  socket.on('message', (message) => received.push(message));
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  onTestFinished(() => void socket.close());
  return { port: socket.address().port, received };
}

export interface UnixStreamServer {
  /** The bytes of all connections, in the order of arrival. */
  readonly bytes: Buffer;
  /** Closes the connections and stops listening. */
  stop(): Promise<void>;
}

/** Starts a Unix stream server at a path for the running test. */
export async function unixStreamServer(path: string): Promise<UnixStreamServer> {
  const chunks: Buffer[] = [];
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.on('error', () => {});
    socket.on('close', () => open.delete(socket));
  });
  server.listen({ path });
  await once(server, 'listening');
  const stop = async (): Promise<void> => {
    if (!server.listening) return;
    const closed = once(server, 'close');
    server.close();
    for (const socket of open) socket.destroy();
    await closed;
  };
  onTestFinished(stop);
  return {
    get bytes() {
      return Buffer.concat(chunks);
    },
    stop,
  };
}
