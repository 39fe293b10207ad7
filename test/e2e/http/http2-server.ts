/** A server of node:http2 with its compatibility API, whose every stream is a request with a scope, and its clients. */
import { once } from 'node:events';
import {
  connect,
  createServer,
  type ClientHttp2Session,
  type ClientHttp2Stream,
  type Http2ServerRequest,
  type Http2ServerResponse,
} from 'node:http2';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import type { Logger } from '../../../lib';
import { Manager } from '../../../lib/core/manager';
import { requestLogs, type RequestLogsOptions } from '../../../lib/express';
import { scopeOf } from '../../../lib/scope/current';
import { CollectingHandler } from '../../../lib/testing';
import { until } from '../../support/until';
import { told } from './cells';

export type Http2Handle = (
  request: Http2ServerRequest,
  response: Http2ServerResponse,
  log: Logger,
) => unknown;

export class Http2Trial {
  readonly manager = new Manager();
  readonly log = this.manager.getLogger('shop');
  readonly seen = new CollectingHandler();
  readonly session: ClientHttp2Session;

  private constructor(start: (trial: Http2Trial) => ClientHttp2Session) {
    this.session = start(this);
  }

  static async start(
    handle: Http2Handle,
    options: Omit<RequestLogsOptions, 'target' | 'logger'> = {},
  ): Promise<Http2Trial> {
    const server = createServer();
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const trial = new Http2Trial(() => connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`));
    const middleware = requestLogs({
      dumpRecord: false,
      ...options,
      target: trial.seen,
      logger: trial.manager.root,
    });
    // What a framework does with a handler that throws.
    const attempt = async (request: Http2ServerRequest, response: Http2ServerResponse): Promise<void> => {
      try {
        await handle(request, response, trial.log);
      } catch (error) {
        scopeOf(request)?.fail(error);
        if (!response.headersSent) response.statusCode = 500;
        response.end();
      }
    };
    server.on('request', (request, response) => {
      middleware(request, response, () => void attempt(request, response));
    });
    trial.session.on('error', () => undefined);
    onTestFinished(async () => {
      trial.session.destroy();
      server.close();
      await once(server, 'close');
    });
    return trial;
  }

  request(path: string, headers: Readonly<Record<string, string>> = {}): ClientHttp2Stream {
    const stream = this.session.request({ ':path': path, ...headers });
    stream.on('error', () => undefined);
    return stream;
  }

  /** Reads an answer to its end. */
  async get(path: string, headers: Readonly<Record<string, string>> = {}): Promise<number> {
    const stream = this.request(path, headers).resume();
    const [answer] = (await once(stream, 'response')) as [{ readonly ':status': number }];
    if (!stream.closed) await once(stream, 'close');
    return answer[':status'];
  }

  get lines(): string[] {
    return told(this.seen.records);
  }

  async settled(requests = 1): Promise<void> {
    const ends = (): number =>
      this.seen.records.filter(({ extra }) => extra?.['method'] !== undefined).length;
    await until(() => ends() >= requests, { what: `${requests} requests at their end` });
  }
}
