/** The shop as a process of its own, started on a free port. */
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
  /** Of its console, which is a pipe. @defaultValue false */
  readonly colors?: boolean;
}

const TIMEOUT_MS = 30_000;

export class ShopProcess {
  /** Set when it is open. */
  url = '';
  /** What the console showed. */
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

  /** The shop's counts when no request is under way any more: a request's last record follows its response. */
  settled(): Promise<ScopeStats> {
    return this.underWay(0);
  }

  /** The shop's counts when so many requests are under way. */
  async underWay(requests: number): Promise<ScopeStats> {
    for (;;) {
      const response = await fetch(`${this.url}/health`);
      const { log } = (await response.json()) as { readonly log: ScopeStats };
      if (log.scopes.live === requests) return log;
      await wait(5);
    }
  }

  /** What the console showed since `start`, an offset in `output`, when `text` has arrived. */
  async shown(start: number, text: string): Promise<string> {
    await this.#until(() => this.output.includes(text, start), `show "${text}"`);
    return this.output.slice(start);
  }

  /** Ends it as a container is ended, and waits until it has gone. @throws Error if it ends in any other way. */
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
