/** A TCP server that keeps the bytes of each request and answers with given bytes, valid or not. */
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import { until } from '../support/until';

export interface RawRequest {
  readonly requestLine: string;
  readonly headers: readonly string[];
  readonly body: string;
}

export class RawHttpServer {
  readonly requests: RawRequest[] = [];
  readonly #reply: string;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  constructor(reply: string) {
    this.#reply = reply;
    this.#server = createServer((socket) => this.#serve(socket));
  }

  async listen(): Promise<number> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return (this.#server.address() as AddressInfo).port;
  }

  async received(count: number): Promise<readonly RawRequest[]> {
    await until(() => this.requests.length >= count, { what: `${count} requests` });
    return this.requests;
  }

  async close(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket);
    let bytes = Buffer.alloc(0);
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => {
      bytes = Buffer.concat([bytes, chunk]);
      for (let end = this.#take(bytes); end > 0; end = this.#take(bytes)) {
        bytes = bytes.subarray(end);
        if (this.#reply === '') socket.end();
        else socket.write(this.#reply);
      }
    });
  }

  /** Length of the first whole request, which is kept; 0 if there is none yet. */
  #take(bytes: Buffer): number {
    const text = bytes.toString('latin1');
    const headEnd = text.indexOf('\r\n\r\n') + 4;
    if (headEnd < 4) return 0;
    const [requestLine = '', ...headers] = text.slice(0, headEnd - 4).split('\r\n');
    const length = Number(/^content-length: (\d+)$/im.exec(headers.join('\n'))?.[1] ?? 0);
    if (text.length < headEnd + length) return 0;
    this.requests.push({ requestLine, headers, body: text.slice(headEnd, headEnd + length) });
    return headEnd + length;
  }
}

/** One for the running test. */
export async function rawHttpServer(
  reply: string,
): Promise<{ readonly server: RawHttpServer; readonly port: number }> {
  const server = new RawHttpServer(reply);
  onTestFinished(() => server.close());
  return { server, port: await server.listen() };
}
