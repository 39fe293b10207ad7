/** A real rabbitmq-server in a directory of its own, with a name service of its own beside it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Daemon, freeTcpPort, listens } from './daemon';

/** Not the one in the PATH: as root that becomes the user of the package, which may not write to the directory. */
const SCRIPT = '/usr/lib/rabbitmq/bin/rabbitmq-server';

/** Erlang, a database and a queue server, on a machine that is busy. */
const START_MS = 60_000;

export class RabbitMqServer {
  readonly port: number;
  readonly #directory: string;
  readonly #daemons: readonly Daemon[];

  static async start(): Promise<RabbitMqServer> {
    const [port, names, cluster] = [await freeTcpPort(), await freeTcpPort(), await freeTcpPort()];
    const server = new RabbitMqServer(port, names, cluster);
    try {
      await server.#daemons[1]?.ready(async () => listens(port), START_MS);
    } catch (error) {
      await server.end();
      throw error;
    }
    return server;
  }

  private constructor(port: number, names: number, cluster: number) {
    this.port = port;
    const directory = mkdtempSync(join(tmpdir(), 'hindsight-rabbitmq-'));
    this.#directory = directory;
    const lines = [`listeners.tcp.1 = 127.0.0.1:${port}`, 'log.console = true', 'log.file = false'];
    writeFileSync(join(directory, 'rabbitmq.conf'), [...lines, 'log.console.level = error', ''].join('\n'));
    const place = { ERL_EPMD_PORT: String(names), ERL_EPMD_ADDRESS: '127.0.0.1', HOME: directory };
    const env = {
      ...place,
      RABBITMQ_CONFIG_FILE: join(directory, 'rabbitmq.conf'),
      RABBITMQ_DIST_PORT: String(cluster),
      RABBITMQ_ENABLED_PLUGINS_FILE: join(directory, 'plugins'),
      RABBITMQ_LOG_BASE: directory,
      RABBITMQ_MNESIA_BASE: directory,
      RABBITMQ_NODENAME: `hindsight-${port}@localhost`,
      RABBITMQ_PID_FILE: join(directory, 'pid'),
      // Its schedulers wait asleep: the cores are the tests'.
      RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '+sbwt none +sbwtdcpu none +sbwtdio none',
    };
    // First: a server that finds no name service leaves one behind.
    const nameService = new Daemon('epmd', [], { env: place });
    this.#daemons = [nameService, new Daemon(SCRIPT, [], { cwd: directory, env })];
  }

  async end(): Promise<void> {
    for (const daemon of this.#daemons.toReversed()) await daemon.end();
    rmSync(this.#directory, { recursive: true, force: true, maxRetries: 5 });
  }
}
