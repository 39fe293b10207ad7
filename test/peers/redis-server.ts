/** A real redis-server in a directory of its own, which has everything on disk before it answers. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chownSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { createClient } from 'redis';
import { onTestFinished } from 'vitest';
import { tempDir } from '../support/temp-dir';
import { until } from '../support/until';

/** The user "nobody": root is not needed. */
const NOBODY = 65534;

/** Below the ports that outgoing connections get, so that none takes it while the server is being restarted. */
async function freePort(): Promise<number> {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 12_000);
    const server = createServer();
    const free = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false));
      server.listen(port, '127.0.0.1', () => resolve(true));
    });
    await new Promise((resolve) => server.close(resolve));
    if (free) return port;
  }
}

function connects(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

type Client = ReturnType<typeof createClient>;

/** Starts one for the running test and stops it when the test is over; `settings` are arguments of redis-server. */
export async function startRedis(settings: readonly string[] = []): Promise<RedisServer> {
  const server = new RedisServer(tempDir(), await freePort(), settings);
  onTestFinished(() => server.kill());
  await server.start();
  return server;
}

export class RedisServer {
  readonly port: number;
  readonly url: string;
  readonly #directory: string;
  readonly #settings: readonly string[];
  #child: ChildProcess | undefined;
  #said = '';

  constructor(directory: string, port: number, settings: readonly string[] = []) {
    this.#directory = directory;
    this.#settings = settings;
    this.port = port;
    this.url = `redis://127.0.0.1:${port}`;
    if (process.getuid?.() === 0) chownSync(directory, NOBODY, NOBODY);
  }

  /** With the data that is in its directory. Resolves when it answers. */
  async start(): Promise<void> {
    const place = ['--port', String(this.port), '--bind', '127.0.0.1', '--dir', this.#directory];
    const lasting = ['--save', '', '--appendonly', 'yes', '--appendfsync', 'always'];
    const user = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};
    const child = spawn('redis-server', [...place, ...lasting, ...this.#settings, '--daemonize', 'no'], {
      stdio: ['ignore', 'pipe', 'pipe'],
      cwd: this.#directory,
      ...user,
    });
    this.#child = child;
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk) => (this.#said += String(chunk)));
    await until(() => this.#answers(child), { what: 'redis-server answers', timeoutMs: 20_000 });
  }

  /** As a power failure would, but for what the disk itself forgets. */
  async kill(): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exit = once(child, 'exit');
    child.kill('SIGCONT');
    child.kill('SIGKILL');
    await exit;
  }

  /** Keeps it from answering, or lets it answer again. */
  signal(signal: 'SIGSTOP' | 'SIGCONT'): void {
    this.#child?.kill(signal);
  }

  /** A client of the test's own, closed when the test is over. */
  async client(): Promise<Client> {
    const client = createClient({ url: this.url, socket: { reconnectStrategy: false } });
    client.on('error', () => undefined);
    onTestFinished(() => {
      if (client.isOpen) client.destroy();
    });
    await client.connect();
    return client as Client;
  }

  /** What is in a stream, oldest first. */
  async entries(
    stream: string,
  ): Promise<readonly { readonly id: string; readonly message: Record<string, string> }[]> {
    return (await (await this.client()).xRange(stream, '-', '+')) ?? [];
  }

  async #answers(child: ChildProcess): Promise<boolean> {
    if (child.exitCode !== null || child.signalCode !== null)
      throw new Error(`redis-server ended: ${this.#said}`);
    return (await connects(this.port)) && (await this.#isLoaded());
  }

  async #isLoaded(): Promise<boolean> {
    const client = createClient({ url: this.url, socket: { reconnectStrategy: false } });
    client.on('error', () => undefined);
    try {
      await client.connect();
      return (await client.ping()) === 'PONG';
    } catch {
      // LOADING: it is still reading its file.
      return false;
    } finally {
      if (client.isOpen) client.destroy();
    }
  }
}
