/** Runs a service in a process of its own until it ends, by what is asked of it or by a signal. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { get } from 'node:http';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { until } from '../support/until';

/** A request, whose handler is then waited for, or a signal; sent when the service has said `after`. */
export type Step =
  | { readonly request: string; readonly after?: string }
  | { readonly signal: NodeJS.Signals; readonly after?: string };

export interface ServiceRun {
  /** Of the project that the service is run in. */
  readonly folder: string;
  /** The Node that runs it. */
  readonly node: string;
  readonly flags: readonly string[];
  readonly setup: Readonly<Record<string, unknown>>;
  readonly steps: readonly Step[];
}

/** How it ended. */
export interface Ending {
  /** Its exit code, or the signal that ended it. */
  readonly end: number | NodeJS.Signals | null;
  readonly said: readonly string[];
  /** Without what the package reports, and what differs from one process to the next. */
  readonly stderr: string;
  /** Level and message of each record that was held back, and of each ERROR. */
  readonly written: readonly string[];
  /** From the last step to the end, in ms. */
  readonly tookMs: number;
}

interface WrittenRecord {
  readonly level: string;
  readonly message: string;
  readonly error?: { readonly message?: string; readonly stack?: string };
  readonly hindsight?: { readonly reason: string; readonly dump?: unknown };
}

/** What is told of a whole dump stands in front of it. */
function isOfInterest({ level, hindsight }: WrittenRecord): boolean {
  return hindsight === undefined ? level === 'ERROR' : hindsight.dump === undefined;
}

function lineOf({ level, message, error, hindsight }: WrittenRecord): string {
  const reason = hindsight === undefined ? '' : ` <${hindsight.reason}>`;
  const cause = error === undefined ? '' : `: ${error.message ?? error.stack?.split('\n')[0] ?? 'no Error'}`;
  return `${level} ${message.replace(/ \d+ ms$/, '')}${cause}${reason}`;
}

function linesOf(text: string): string[] {
  const records = text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as WrittenRecord);
  return records.filter(isOfInterest).map(lineOf);
}

function comparable(stderr: string): string {
  const lines = stderr.split('\n').filter((line) => !line.startsWith('nestjs-hindsight: '));
  return lines.join('\n').replaceAll(/\(node:\d+\)/g, '(node:PID)');
}

/** Takes what a network handler sends. */
class Collector {
  text = '';
  readonly #server: Server;

  constructor() {
    this.#server = createServer((socket) => {
      socket.setEncoding('utf8').on('data', (text: string) => (this.text += text));
      socket.on('error', () => {
        // The service has died: what it sent before is there.
      });
    });
  }

  async listen(): Promise<number> {
    await once(this.#server.listen(0, '127.0.0.1'), 'listening');
    const address = this.#server.address();
    return typeof address === 'object' ? (address?.port ?? 0) : 0;
  }

  /** Resolves when every sender has gone, and what it sent is read. */
  async close(): Promise<void> {
    await once(this.#server.close(), 'close');
  }
}

class ServiceProcess {
  said = '';
  stderr = '';
  lastStepAt = 0;
  endedAt = 0;
  readonly #child: ChildProcess;
  readonly #closed: Promise<unknown>;

  constructor({ node, folder, flags, setup }: ServiceRun) {
    this.#child = spawn(node, [...flags, 'service.mjs', JSON.stringify(setup)], {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, NODE_OPTIONS: '' },
    });
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => (this.said += text));
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => (this.stderr += text));
    this.#child.once('exit', () => (this.endedAt = performance.now()));
    this.#closed = once(this.#child, 'close');
  }

  async take(step: Step): Promise<void> {
    await this.#hasSaid(step.after ?? 'port ');
    this.lastStepAt = performance.now();
    if ('signal' in step) {
      this.#child.kill(step.signal);
      return;
    }
    const port = Number(/^port (\d+)$/m.exec(this.said)?.[1]);
    get({ port, host: '127.0.0.1', path: `/${step.request}`, agent: false }, (response) => {
      response.on('error', () => {
        // Cut off, with the service.
      });
      response.resume();
    }).on('error', () => {
      // As above.
    });
    await this.#hasSaid(`entered ${step.request}\n`);
  }

  /** @throws an Error when it does not end in time. */
  async ended(): Promise<number | NodeJS.Signals | null> {
    const timer = setTimeout(() => this.kill(), 60_000);
    await this.#closed;
    clearTimeout(timer);
    return this.#child.exitCode ?? this.#child.signalCode;
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }

  async #hasSaid(text: string): Promise<void> {
    const isOver = (): boolean => this.endedAt > 0;
    await until(() => this.said.includes(text) || isOver(), { what: text, timeoutMs: 60_000 });
    if (!this.said.includes(text))
      throw new Error(`ended before it said "${text}": ${this.said}${this.stderr}`);
  }
}

/** What a service says of its own is the same with the package and without; the port is not. */
function lines(said: string): string[] {
  return said.split('\n').filter((line) => line !== '' && !line.startsWith('port '));
}

export async function runToEnd(run: ServiceRun): Promise<Ending> {
  const directory = mkdtempSync(join(run.folder, 'run-'));
  const file = join(directory, 'out.log');
  const collector = new Collector();
  const port = await collector.listen();
  const service = new ServiceProcess({ ...run, setup: { ...run.setup, file, port } });
  try {
    for (const step of run.steps) await service.take(step);
    const end = await service.ended();
    await collector.close();
    const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
    return {
      end,
      said: lines(service.said),
      stderr: comparable(service.stderr),
      written: linesOf(text + collector.text),
      tookMs: service.endedAt - service.lastStepAt,
    };
  } finally {
    service.kill();
    rmSync(directory, { recursive: true, force: true });
  }
}
