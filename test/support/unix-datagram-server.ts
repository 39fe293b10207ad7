/** A Unix datagram socket that listens, on a Python of the machine: Node has none. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, rmSync } from 'node:fs';
import { onTestFinished } from 'vitest';
import { until } from './until';

/**
 * Prints each datagram in hex on a line of its own. With `held` it reads none before it gets SIGUSR1. Reads on while nobody
 * takes what it prints: the test may be in a call that does not return before all is read.
 */
const SERVER = `
import queue, signal, socket, sys, threading
path, held = sys.argv[1], sys.argv[2] == 'held'
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])
server = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
server.bind(path)
if held:
    signal.sigwait([signal.SIGUSR1])
received = queue.SimpleQueue()
def show():
    while True:
        print(received.get().hex(), flush=True)
threading.Thread(target=show, daemon=True).start()
while True:
    received.put(server.recv(1 << 20))
`;

export class UnixDatagramServer {
  readonly path: string;
  readonly #child;
  #text = '';

  constructor(path: string, { held = false } = {}) {
    this.path = path;
    rmSync(path, { force: true });
    this.#child = spawn('python3', ['-c', SERVER, path, held ? 'held' : 'reading'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.#child.stdout.setEncoding('utf8').on('data', (text: string) => (this.#text += text));
  }

  /** Reads what waits, and what comes from now on. */
  release(): void {
    this.#child.kill('SIGUSR1');
  }

  get received(): Buffer[] {
    const lines = this.#text.split('\n').slice(0, -1);
    return lines.map((line) => Buffer.from(line, 'hex'));
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exit = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await exit;
  }
}

/** Resolves when it listens; it ends with the running test. */
export async function unixDatagramServer(
  path: string,
  options?: { held?: boolean },
): Promise<UnixDatagramServer> {
  const server = new UnixDatagramServer(path, options);
  onTestFinished(() => server.stop());
  await until(() => existsSync(path), { what: 'the datagram socket is there' });
  return server;
}
