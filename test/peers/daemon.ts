/** A third-party program that a test starts, waits for and ends. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { until } from '../support/until';

/**
 * For programs that cannot choose a port themselves. Below the ports that outgoing connections get, so that none takes
 * it in between.
 */
export async function freeTcpPort(): Promise<number> {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 12_000);
    const server = createServer();
    const bound = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false));
      server.listen(port, '127.0.0.1', () => resolve(true));
    });
    if (!bound) continue;
    await new Promise((resolve) => server.close(resolve));
    return port;
  }
}

/** Whether somebody accepts connections there. */
export async function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.on('connect', () => socket.destroy());
    socket.on('error', () => undefined);
    socket.on('close', (failed) => resolve(!failed));
  });
}

export interface DaemonOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

export class Daemon {
  readonly #command: string;
  readonly #child: ChildProcess;
  #output = '';
  #said = '';

  constructor(command: string, args: readonly string[], { cwd, env }: DaemonOptions = {}) {
    this.#command = command;
    const path = `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin:/usr/lib/systemd:/lib/systemd`;
    const child = spawn(command, args, {
      cwd,
      env: { ...process.env, PATH: path, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child.stdout.setEncoding('utf8').on('data', (text: string) => (this.#output += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (this.#said += text));
    child.on('error', (error) => (this.#said += String(error)));
    this.#child = child;
  }

  /** What it wrote to standard output. */
  get output(): string {
    return this.#output;
  }

  /** What it wrote to standard error. */
  get said(): string {
    return this.#said;
  }

  /** Resolves when the condition holds; rejects with what it said when it has ended before. */
  async ready(condition: () => boolean | Promise<boolean>, timeoutMs = 20_000): Promise<void> {
    await until(
      async () => {
        if (this.#hasEnded) throw new Error(`${this.#command} ended: ${this.#said}`);
        return condition();
      },
      { what: `${this.#command} is ready`, timeoutMs },
    );
  }

  async end(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    if (this.#hasEnded) return;
    const ended = once(this.#child, 'exit');
    this.#child.kill(signal);
    await ended;
  }

  get #hasEnded(): boolean {
    const { exitCode, signalCode, pid } = this.#child;
    return pid === undefined || exitCode !== null || signalCode !== null;
  }
}
