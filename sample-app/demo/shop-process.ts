/** Runs the shop in its own process, on a free port. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import type { ScopeStats } from 'nestjs-hindsight/logging';

export interface ShopOptions {
  /** The compiled main file. */
  readonly program: string;
  readonly logFile: string;
  /** `LOG_LEVEL` of the shop. @defaultValue 'INFO' */
  readonly level?: string;
  /** Colours on its console, which is a pipe. @defaultValue false */
  readonly colors?: boolean;
}

const TIMEOUT_MS = 30_000;

export class ShopProcess {
  /** Set when the shop is open. */
  url = '';
  /** The console output so far. */
  output = '';
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;

  private constructor(child: ChildProcess) {
    this.#child = child;
    this.#ended = once(child, 'close');
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => (this.output += text));
    }
  }

  static async start({
    program,
    logFile,
    level = 'INFO',
    colors = false,
  }: ShopOptions): Promise<ShopProcess> {
    const shop = new ShopProcess(
      spawn(process.execPath, ['--enable-source-maps', program], {
        stdio: ['ignore', 'pipe', 'pipe'],
        env: {
          ...process.env,
          NODE_OPTIONS: '',
          PORT: '0',
          LOG_FILE: logFile,
          LOG_LEVEL: level,
          FORCE_COLOR: colors ? '1' : '0',
        },
      }),
    );
    await shop.#opened();
    return shop;
  }

  /** Waits until no request is running, and returns the counts. The last record of a request is logged after its response. */
  settled(): Promise<ScopeStats> {
    return this.running(0);
  }

  /** Waits until this number of requests is running, and returns the counts. */
  async running(requests: number): Promise<ScopeStats> {
    for (;;) {
      const response = await fetch(`${this.url}/health`);
      const { log } = (await response.json()) as { readonly log: ScopeStats };
      if (log.scopes.live === requests) return log;
      await wait(5);
    }
  }

  /** Waits for `text` on the console, and returns the output since `start`, an offset in `output`. */
  async shown(start: number, text: string): Promise<string> {
    await this.#until(() => this.output.includes(text, start), `show "${text}"`);
    return this.output.slice(start);
  }

  /** Ends the shop as a container is ended, and waits for its end. @throws Error if it ends in another way. */
  async stop(): Promise<void> {
    this.#child.kill('SIGTERM');
    await this.#ended;
    const { exitCode, signalCode } = this.#child;
    if (exitCode !== 0 && signalCode !== 'SIGTERM') {
      throw new Error(`the shop ended with ${exitCode ?? signalCode}:\n${this.output}`);
    }
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }

  async #opened(): Promise<void> {
    const open = /open at (http:\S+)/;
    await this.#until(() => open.test(this.output), 'open');
    this.url = open.exec(this.output)?.[1] ?? '';
  }

  async #until(condition: () => boolean, what: string): Promise<void> {
    const deadline = Date.now() + TIMEOUT_MS;
    while (!condition()) {
      if (this.#child.exitCode !== null || Date.now() > deadline) {
        this.#child.kill('SIGKILL');
        throw new Error(`the shop did not ${what}:\n${this.output}`);
      }
      await wait(10);
    }
  }
}
