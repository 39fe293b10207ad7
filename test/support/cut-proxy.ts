/** A line to a server that can be cut: nothing passes any more, and neither end is told. */
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

/** Starts one for the running test. */
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
  /** Those of clients that were connected when the line was cut, and have not given up since. */
  readonly #victims = new Set<Socket>();
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

  /** Clients that still wait for an answer over a line that was cut. */
  get waiting(): number {
    return this.#victims.size;
  }

  /** From now on what either end sends is dropped; new connections are taken and lead nowhere. */
  cut(): void {
    this.#isCut = true;
    for (const near of this.#near) this.#victims.add(near);
  }

  /** What clients send arrives; what the server answers is dropped. */
  cutAnswers(): void {
    this.#answersAreCut = true;
  }

  /** New connections pass again. Those that were cut stay dead, as they do behind a firewall that forgot them. */
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
      this.#victims.delete(near);
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
