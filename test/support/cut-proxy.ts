/** A TCP proxy whose connections can be cut: no data passes any more, and neither side is notified. */
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

/** Starts a proxy for the running test. */
export async function startCutProxy(port: number): Promise<CutProxy> {
  const proxy = new CutProxy(port);
  onTestFinished(() => proxy.close());
  await proxy.listen();
  return proxy;
}

export class CutProxy {
  readonly #target: number;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  /** Connections of clients that were cut and that the clients have not closed since. */
  readonly #cutClients = new Set<Socket>();
  readonly #near = new Set<Socket>();
  #isCut = false;
  #answersAreCut = false;

  constructor(target: number) {
    this.#target = target;
    this.#server = createServer((socket) => this.#join(socket));
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async listen(): Promise<void> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
  }

  /** The number of clients that still wait on a connection that was cut. */
  get waiting(): number {
    return this.#cutClients.size;
  }

  /** Drops everything that either side sends from now on. New connections are accepted and lead nowhere. */
  cut(): void {
    this.#isCut = true;
    for (const near of this.#near) this.#cutClients.add(near);
  }

  /** Drops the answers of the server. Data of the clients still arrives. */
  cutAnswers(): void {
    this.#answersAreCut = true;
  }

  /** New connections work again. Connections that were cut stay dead, as after a firewall has lost its state. */
  mend(): void {
    this.#isCut = false;
    this.#answersAreCut = false;
    for (const socket of this.#sockets) socket.removeAllListeners('data').resume();
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    if (!this.#server.listening) return;
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #join(near: Socket): void {
    const far = connect(this.#target, '127.0.0.1');
    const dead = this.#isCut;
    this.#near.add(near);
    near.once('close', () => {
      this.#near.delete(near);
      this.#cutClients.delete(near);
    });
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      this.#sockets.add(from);
      from.on('data', (chunk) => {
        if (dead || this.#isCut || (from === far && this.#answersAreCut)) return;
        to.write(chunk);
      });
      from.on('error', () => to.destroy());
      from.on('close', () => {
        this.#sockets.delete(from);
        to.destroy();
      });
    }
  }
}
