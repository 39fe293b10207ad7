/** A server on a Unix datagram socket. It is a Python program, because Node has no such sockets. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, rmSync } from 'node:fs';
import { onTestFinished } from 'vitest';
import { until } from './until';

/**
 * Prints each datagram in hex on its own line. With `held` it reads none before it gets SIGUSR1. It continues to read while nobody
 * reads its output, because the test may be in a call that returns only when everything is read.
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

  /** Makes a held server read the waiting datagrams and all later ones. */
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

/** Starts a server for the running test. Resolves when it listens. */
export async function unixDatagramServer(
  path: string,
  options?: { held?: boolean },
): Promise<UnixDatagramServer> {
  const server = new UnixDatagramServer(path, options);
  onTestFinished(() => server.stop());
  await until(() => existsSync(path), { what: 'the datagram socket is there' });
  return server;
}
