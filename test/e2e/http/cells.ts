/** The servers on which the same cases run: one handler for every path, its scopes, and what the target was given. */
import { All, Controller, Req, Res } from '@nestjs/common';
import type { IncomingMessage, Server, ServerOptions, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Express } from 'express';
import { InjectLogger, type Logger } from '../../../lib';
import type { LogRecord } from '../../../lib/core/log-record';
import type { LogScopeOptions } from '../../../lib/scope/options';
import type { CollectingHandler } from '../../../lib/testing';
import { startNestApp } from '../../support/nest-app';
import { until } from '../../support/until';
import { VERSIONS, type ExpressVersion } from '../express/express-versions';
import { Trial } from '../express/trial';

export type Handle = (request: IncomingMessage, response: ServerResponse, log: Logger) => unknown;

export interface CellOptions {
  readonly options?: LogScopeOptions;
  /** Mounts what stands before the handler; of a Nest application, on its Express. */
  readonly middleware?: (app: Pick<Express, 'use'>, log: Logger) => void;
  /** Options of the server; those of Nest cannot be told. */
  readonly server?: ServerOptions;
}

const TOOK = / \d+ ms$/;

/** `* DEBUG before` is a dumped record, `ERROR !message` one that tells of an Error, whoever logged it. */
export function told(records: readonly LogRecord[]): string[] {
  return records.filter(isStory).map((record) => {
    const { excInfo, levelname, hindsight } = record;
    const text = record.getMessage().replace(TOOK, '');
    const what = excInfo instanceof Error ? `!${excInfo.message}` : text;
    return `${hindsight === undefined ? '' : '* '}${levelname} ${what}`;
  });
}

/** False for the record in front of a dump that only tells about it. */
function isStory({ extra }: LogRecord): boolean {
  return extra === undefined || !('dump' in extra);
}

/** One server under test. */
export class Cell {
  readonly server: Server;
  readonly log: Logger;
  readonly seen: CollectingHandler;

  constructor(server: Server, log: Logger, seen: CollectingHandler) {
    this.server = server;
    this.log = log;
    this.seen = seen;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get lines(): string[] {
    return told(this.seen.records);
  }

  /** Resolves when so many requests are over: the last record of each is its request record. */
  async settled(requests = 1): Promise<void> {
    const ends = (): number =>
      this.seen.records.filter(({ name, excInfo, extra }) => name === 'http' && !excInfo && extra?.['method'])
        .length;
    await until(() => ends() >= requests, { what: `${requests} requests at their end` });
  }
}

export interface CellKind {
  readonly name: string;
  start(handle: Handle, options?: CellOptions): Promise<Cell>;
}

function onExpress(version: ExpressVersion): CellKind {
  return {
    name: version.name,
    start: async (handle, { options = {}, middleware, server = {} } = {}) => {
      const trial = await Trial.start(version, {
        options,
        server,
        routes: (app, { log }) => {
          middleware?.(app, log);
          app.use(version.waitsFor(async (request, response) => handle(request, response, log)));
        },
      });
      return new Cell(trial.server, trial.log, trial.seen);
    },
  };
}

const onNest: CellKind = {
  name: 'Nest 12',
  start: async (handle, { options = {}, middleware } = {}) => {
    let log: Logger | undefined;
    @Controller()
    class CaseController {
      constructor(@InjectLogger('shop') private readonly logger: Logger) {
        log = logger;
      }

      @All('*path')
      async answer(@Req() request: IncomingMessage, @Res() response: ServerResponse): Promise<void> {
        await handle(request, response, this.logger);
      }
    }
    const nest = await startNestApp({
      controllers: [CaseController],
      logging: { logIfErrors: options },
      before: (app) => {
        if (log !== undefined) middleware?.(app.getHttpAdapter().getInstance() as Express, log);
      },
    });
    if (log === undefined) throw new Error('Nest made no controller');
    return new Cell(nest.server, log, nest.seen);
  },
};

const [EXPRESS_5, EXPRESS_4] = VERSIONS.map(onExpress) as [CellKind, CellKind];

export { EXPRESS_5, onNest as NEST };

export const CELLS: readonly CellKind[] = [EXPRESS_5, EXPRESS_4, onNest];
