/** A real mosquitto, the broker of MQTT. */
import { Daemon, freeTcpPort, listens } from './daemon';

export class Mosquitto {
  readonly port: number;
  readonly #daemon: Daemon;

  static async start(): Promise<Mosquitto> {
    const broker = new Mosquitto(await freeTcpPort());
    await broker.#daemon.ready(async () => listens(broker.port));
    return broker;
  }

  private constructor(port: number) {
    this.port = port;
    // Without a configuration it listens on the loopback only, and lets everybody in.
    this.#daemon = new Daemon('mosquitto', ['-p', String(port)]);
  }

  async end(): Promise<void> {
    await this.#daemon.end();
  }
}
