/** A real nats-server. */
import { Daemon, freeTcpPort, listens } from './daemon';

export class NatsServer {
  readonly port: number;
  readonly #daemon: Daemon;

  static async start(): Promise<NatsServer> {
    const server = new NatsServer(await freeTcpPort());
    await server.#daemon.ready(async () => listens(server.port));
    return server;
  }

  private constructor(port: number) {
    this.port = port;
    this.#daemon = new Daemon('nats-server', ['--addr', '127.0.0.1', '--port', String(port)]);
  }

  async end(): Promise<void> {
    await this.#daemon.end();
  }
}
