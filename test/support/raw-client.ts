/** A client on a raw socket: the test decides what it sends, in which pieces, and how it disconnects. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import { until } from './until';

/** How a client disconnects: by a normal close, or by a reset. */
export type Leaving = 'closes' | 'resets';

export class RawClient {
  readonly socket: Socket;
  /** The data received so far. */
  received = '';

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.setEncoding('utf8').on('data', (text: string) => (this.received += text));
    // In many tests the server closes the connection.
    socket.on('error', () => undefined);
  }

  static async connect(port: number): Promise<RawClient> {
    const socket = connect(port, '127.0.0.1');
    onTestFinished(() => void socket.destroy());
    await once(socket, 'connect');
    return new RawClient(socket);
  }

  send(text: string): void {
    this.socket.write(text);
  }

  leave(how: Leaving): void {
    if (how === 'resets') this.socket.resetAndDestroy();
    else this.socket.destroy();
  }

  /** The statuses of the responses, in order. */
  get statuses(): number[] {
    return [...this.received.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => Number(status));
  }

  async answers(count = 1): Promise<void> {
    await until(() => this.statuses.length >= count, { what: `${count} answers` });
  }

  async sees(text: string): Promise<void> {
    await until(() => this.received.includes(text), { what: `"${text}" in the answer` });
  }

  /** Resolves when the server has closed the connection. */
  async ended(): Promise<void> {
    await until(() => this.socket.closed || this.socket.readableEnded, { what: 'the end of the connection' });
  }
}

/** The head of a request, with the empty line. */
export function head(line: string, headers: Readonly<Record<string, string | number>> = {}): string {
  const fields = Object.entries({ host: 'shop', ...headers }).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${line} HTTP/1.1\r\n${fields.join('')}\r\n`;
}
