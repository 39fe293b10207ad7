/** An application under test: a real server whose requests are scopes, and what its target has got. */
import { once } from 'node:events';
import { createServer, type Server, type ServerOptions } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Express } from 'express';
import { onTestFinished } from 'vitest';
import type { LogRecord } from '../../../lib/core/log-record';
import type { Logger } from '../../../lib/core/logger';
import { Manager } from '../../../lib/core/manager';
import { errorLogs, requestLogs, type RequestLogsOptions } from '../../../lib/express';
import { CollectingHandler } from '../../../lib/testing';
import { until } from '../../support/until';
import type { ExpressVersion } from './express-versions';

export interface TrialOptions {
  /** Mounts the routes of the case, between the request middleware and the error middleware. */
  readonly routes: (app: Express, trial: Trial) => void;
  /** Mounts the user's own error handlers, after the error middleware. */
  readonly errorHandlers?: (app: Express, trial: Trial) => void;
  readonly options?: Omit<RequestLogsOptions, 'target' | 'logger'>;
  /** @defaultValue true */
  readonly mountsErrorLogs?: boolean;
  readonly server?: ServerOptions;
}

const TOOK = / \d+ ms$/;

function errorText(error: unknown): string {
  try {
    return error instanceof Error ? error.message : JSON.stringify(error);
  } catch {
    // Some cases throw values that cannot be read.
    return '[unreadable]';
  }
}

/** `* DEBUG before` is a dumped record. An Error's message follows the text. The duration of a request is omitted. */
export function line(record: LogRecord): string {
  const dumped = record.hindsight === undefined ? '' : '* ';
  const error = record.excInfo === undefined ? '' : `: ${errorText(record.excInfo)}`;
  return `${dumped}${record.levelname} ${record.getMessage().replace(TOOK, '')}${error}`;
}

export class Trial {
  readonly express: ExpressVersion;
  readonly manager = new Manager();
  readonly log: Logger = this.manager.getLogger('shop');
  readonly seen = new CollectingHandler();
  url = '';
  port = 0;
  #server: Server | undefined;

  private constructor(express: ExpressVersion) {
    this.express = express;
  }

  static async start(express: ExpressVersion, options: TrialOptions): Promise<Trial> {
    const trial = new Trial(express);
    const app = express.express();
    app.use(
      requestLogs({ dumpRecord: false, ...options.options, target: trial.seen, logger: trial.manager.root }),
    );
    options.routes(app, trial);
    if (options.mountsErrorLogs !== false) app.use(errorLogs());
    options.errorHandlers?.(app, trial);
    await trial.#listen(app, options.server);
    return trial;
  }

  get server(): Server {
    if (this.#server === undefined) throw new Error('the server was not started');
    return this.#server;
  }

  /** What the target has got, in order. */
  get lines(): string[] {
    return this.seen.records.map(line);
  }

  /** Logs the records of a case before it fails or succeeds: two that are held and one that is written at once. */
  logRecords(): void {
    this.log.debug('before');
    this.log.info('now');
    this.log.debug('after');
  }

  /** Resolves when this many requests have ended: the last record of each is its request record. */
  async settled(requests = 1): Promise<void> {
    await until(
      () =>
        this.seen.records.filter(({ name, excInfo }) => name === 'http' && excInfo === undefined).length >=
        requests,
      { what: `${requests} settled requests (${this.lines.join(' | ')})` },
    );
  }

  async #listen(app: Express, options: ServerOptions = {}): Promise<void> {
    const server = createServer(options, app);
    this.#server = server;
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    this.port = (server.address() as AddressInfo).port;
    this.url = `http://127.0.0.1:${this.port}`;
    onTestFinished(async () => {
      this.#server?.closeAllConnections();
      server.close();
      await once(server, 'close');
    });
  }
}
