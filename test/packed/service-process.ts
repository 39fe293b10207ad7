/** Runs a service in a child process until a request or a signal ends it. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { get } from 'node:http';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { until } from '../support/until';

/** A request, whose handler is then awaited, or a signal; sent when the service has printed `after`. */
export type Step =
  | { readonly request: string; readonly after?: string }
  | { readonly signal: NodeJS.Signals; readonly after?: string };

export interface ServiceRun {
  /** The folder of the project. */
  readonly folder: string;
  /** The Node that runs it. */
  readonly node: string;
  readonly flags: readonly string[];
  readonly setup: Readonly<Record<string, unknown>>;
  readonly steps: readonly Step[];
}

/** How the service ended. */
export interface Ending {
  /** The exit code, or the signal that ended it. */
  readonly end: number | NodeJS.Signals | null;
  readonly said: readonly string[];
  /** Without reports of the package and without values that differ between processes. */
  readonly stderr: string;
  /** Level and message of each dumped record, and of each ERROR. */
  readonly written: readonly string[];
  /** Time from the last step to the end, in ms. */
  readonly tookMs: number;
}

interface WrittenRecord {
  readonly level: string;
  readonly message: string;
  readonly error?: { readonly message?: string; readonly stack?: string };
  readonly hindsight?: { readonly reason: string; readonly dump?: unknown };
}

/** The heading of a dump. */
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

/** Receives the records of a network handler. */
class Collector {
  text = '';
  readonly #server: Server;

  constructor() {
    this.#server = createServer((socket) => {
      socket.setEncoding('utf8').on('data', (text: string) => (this.text += text));
      socket.on('error', () => {
        // The service has died. The data that it sent before has arrived.
      });
    });
  }

  async listen(): Promise<number> {
    await once(this.#server.listen(0, '127.0.0.1'), 'listening');
    const address = this.#server.address();
    return typeof address === 'object' ? (address?.port ?? 0) : 0;
  }

  /** Resolves when all senders have disconnected and their data is read. */
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
        // The end of the service has broken the connection.
      });
      response.resume();
    }).on('error', () => {
      // As above.
    });
    await this.#hasSaid(`entered ${step.request}\n`);
  }

  /** @throws Error if it does not end in time. */
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
      throw new Error(`ended before it printed "${text}": ${this.said}${this.stderr}`);
  }
}

/** Removes the port from the output of a service, which is otherwise the same with and without the package. */
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
