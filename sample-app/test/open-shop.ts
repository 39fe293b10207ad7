/** A shop for specs, on a free port and with its own log file. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { linesOf, readLog, type LogLine } from '../demo/log-file';
import { ShopProcess } from '../demo/shop-process';

const LOG = 'shop.jsonl';

export class OpenShop {
  private constructor(
    readonly process: ShopProcess,
    private readonly folder: string,
  ) {}

  /** `program` is the path of the main file below `dist`. */
  static async start(program: string): Promise<OpenShop> {
    const folder = mkdtempSync(join(tmpdir(), 'shop-'));
    const process = await ShopProcess.start({
      program: join(__dirname, '../dist', program),
      logFile: join(folder, LOG),
    });
    return new OpenShop(process, folder);
  }

  close(): void {
    this.process.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Sends a request and waits until its last line is written. */
  async send(method: string, path: string, headers: Record<string, string> = {}): Promise<Sent> {
    const response = await fetch(this.process.url + path, { method, headers });
    await response.arrayBuffer();
    await this.process.settled();
    const requestId = response.headers.get('x-request-id') ?? '';
    return { status: response.status, requestId, lines: this.linesOf({ requestId }) };
  }

  get lines(): readonly LogLine[] {
    return readLog(join(this.folder, LOG));
  }

  /** The lines of all these requests. */
  linesOf(...requests: readonly Pick<Sent, 'requestId'>[]): readonly LogLine[] {
    return linesOf(this.lines, new Set(requests.map(({ requestId }) => requestId)));
  }
}

export interface Sent {
  readonly status: number;
  readonly requestId: string;
  readonly lines: readonly LogLine[];
}

/** The main parts of a line: `DEBUG OrdersService look for order 13`. */
export function shown({ level, logger, message }: LogLine): string {
  const text = message.replaceAll(/\d+ ms/g, '# ms').replace(/127\.0\.0\.1:\d+/, 'suppliers');
  return `${level} ${logger} ${text}`;
}
