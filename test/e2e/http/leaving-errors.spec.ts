/** Errors that tell of nothing but a client that has left, and those that look alike and tell of a failure. */
import { Controller, Get, StreamableFile } from '@nestjs/common';
import express, { type NextFunction, type Request, type Response } from 'express';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer, get, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { PassThrough, pipeline, Readable } from 'node:stream';
import { pipeline as pipe } from 'node:stream/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { InjectLogger, type Logger } from '../../../lib';
import { startNestApp } from '../../support/nest-app';
import { tempDir } from '../../support/temp-dir';
import { until } from '../../support/until';
import { CELLS, EXPRESS_5, told, type CellOptions, type Handle } from './cells';
import { multer } from './multer';
import { head, RawClient } from '../../support/raw-client';
import { shortAbortWait } from './short-abort-wait';

const JSON_HEAD = head('POST /case', { 'content-type': 'application/json', 'content-length': 100 });
const FORM_HEAD = head('POST /case', {
  'content-type': 'multipart/form-data; boundary=b',
  'content-length': 10_000,
});
const PART = '--b\r\ncontent-disposition: form-data; name="file"; filename="a"\r\n\r\nthe first half of it';

/** What never comes to its end, as a body that is longer than what a client takes. */
function endless(): Readable {
  return new Readable({
    read() {
      setImmediate(() => this.push('more '));
    },
  });
}

async function readAll(request: AsyncIterable<unknown>): Promise<number> {
  let bytes = 0;
  for await (const chunk of request) bytes += String(chunk).length;
  return bytes;
}

interface LeavingCase {
  readonly title: string;
  readonly request: string;
  readonly handle?: Handle;
  readonly middleware?: NonNullable<CellOptions['middleware']>;
  /** Comes back before the client leaves. */
  readonly seen?: string;
}

const hold: NonNullable<CellOptions['middleware']> = (app, log) => {
  app.use((_request: Request, _response: Response, next: NextFunction) => {
    log.debug('before');
    next();
  });
};

const CASES: readonly LeavingCase[] = [
  {
    title: 'the body parser',
    request: `${JSON_HEAD}{"half":`,
    middleware: (app, log) => {
      hold(app, log);
      app.use(express.json());
    },
  },
  {
    title: 'multer',
    request: FORM_HEAD + PART,
    middleware: (app, log) => {
      hold(app, log);
      app.use(multer({}).single('file'));
    },
  },
  {
    title: 'an iteration over the body',
    request: `${FORM_HEAD}half`,
    handle: (request) => readAll(request),
  },
  {
    title: 'a pipeline from the body',
    request: `${FORM_HEAD}half`,
    handle: (request) => pipe(request, new PassThrough().resume()),
  },
  {
    title: 'a pipeline to the response',
    request: head('GET /case'),
    seen: 'more',
    handle: (_request, response) => pipe(endless(), response),
  },
];

describe.each(CELLS)('$name dumps nothing for a client disconnect that is reported by', (kind) => {
  it.each(CASES)('$title', async ({ request, handle = () => undefined, middleware = hold, seen }) => {
    const cell = await kind.start(
      async (incoming, response, log) => {
        log.debug('before');
        await handle(incoming, response, log);
        response.end();
      },
      { middleware },
    );
    const client = await RawClient.connect(cell.port);
    client.send(request);
    await once(cell.server, 'request');
    if (seen !== undefined) await client.sees(seen);
    else await until(() => client.socket.bytesWritten >= request.length);
    client.leave('closes');
    await cell.settled();

    // Nest reports the Error, at WARNING.
    expect(cell.lines.filter((text) => !text.startsWith('WARNING !'))).toEqual([
      expect.stringMatching(/^WARNING (GET|POST) \/case (aborted|400)$/),
    ]);
  });
});

/** A service that another one calls, and that breaks off in the middle of its answer. */
async function brokenUpstream(): Promise<number> {
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'content-length': 100 });
    response.write('half', () => response.destroy());
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

async function fromUpstream(port: number): Promise<IncomingMessage> {
  const request = get({ port, host: '127.0.0.1', agent: false });
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  return response;
}

function broken(error: Error): Readable {
  return Readable.from(
    (async function* () {
      yield 'first';
      await new Promise((resolve) => setImmediate(resolve));
      throw error;
    })(),
  );
}

function prematurelyClosed(): Readable {
  const source = new PassThrough();
  source.write('first');
  setImmediate(() => source.destroy());
  return source;
}

interface FailureCase {
  readonly title: string;
  readonly handle: (response: ServerResponse, port: number) => unknown;
  readonly error: RegExp;
}

const FAILURES: readonly FailureCase[] = [
  {
    title: 'a service behind this one breaks off',
    handle: async (response, port) => pipe(await fromUpstream(port), response),
    error: /aborted/,
  },
  {
    title: 'the source of a response is closed too early',
    handle: (response) => pipe(prematurelyClosed(), response),
    error: /Premature close/i,
  },
  {
    title: 'nobody is told by the callback of a pipeline',
    handle: (response) => pipeline(broken(new Error('disk gone')), response, () => undefined),
    error: /disk gone/,
  },
  {
    title: 'the response is destroyed with an Error',
    handle: (response) => {
      response.write('first', () => response.destroy(new Error('licence expired')));
    },
    error: /licence expired/,
  },
];

describe.each(CELLS)('$name dumps the request when', (kind) => {
  it.each(FAILURES)('$title', async ({ handle, error }) => {
    const port = await brokenUpstream();
    const cell = await kind.start(async (_request, response, log) => {
      log.debug('before');
      await handle(response, port);
    });
    const client = await RawClient.connect(cell.port);
    client.send(head('GET /case'));
    await client.ended();
    await cell.settled();

    // A pipeline makes two Errors of a source that is closed too early, and Nest reports the second.
    // The request to the service behind is a record of its own.
    const lines = cell.lines.filter((line) => !line.startsWith('* DEBUG GET http://'));
    expect(lines.slice(0, 3)).toEqual([
      '* DEBUG before',
      expect.stringMatching(new RegExp(`^ERROR !.*${error.source}`, error.flags)),
      'ERROR GET /case aborted',
    ]);
  });

  it('a call that it makes times out after the client has left', async () => {
    const cell = await kind.start(async (_request, response, log) => {
      log.debug('before');
      await once(response, 'close');
      throw Object.assign(new Error('timeout of 5000ms exceeded'), { code: 'ECONNABORTED' });
    });
    const client = await RawClient.connect(cell.port);
    client.send(head('GET /case'));
    await once(cell.server, 'request');
    client.leave('closes');
    await cell.settled();

    expect(cell.lines).toEqual([
      '* DEBUG before',
      'ERROR !timeout of 5000ms exceeded',
      'ERROR GET /case aborted',
    ]);
  });
});

describe('A download', () => {
  it('that the client breaks off is no failure: sendFile of Express', async () => {
    const file = join(tempDir(), 'large');
    writeFileSync(file, Buffer.alloc(20_000_000));
    const cell = await EXPRESS_5.start(async (_request, response, log) => {
      log.debug('before');
      await new Promise<void>((resolve, reject) => {
        (response as Response).sendFile(file, (error) => (error ? reject(error) : resolve()));
      });
    });
    const client = await RawClient.connect(cell.port);
    client.send(head('GET /case'));
    await client.sees('200');
    client.leave('closes');
    await cell.settled();

    expect(cell.lines).toEqual(['WARNING GET /case aborted']);
  });

  it('that the client breaks off is no failure: StreamableFile of Nest', async () => {
    @Controller()
    class FilesController {
      constructor(@InjectLogger('shop') private readonly logger: Logger) {}

      @Get('case')
      file(): StreamableFile {
        this.logger.debug('before');
        return new StreamableFile(endless());
      }
    }
    shortAbortWait();
    const nest = await startNestApp({ controllers: [FilesController] });
    const { port } = nest.server.address() as AddressInfo;
    const client = await RawClient.connect(port);
    client.send(head('GET /case'));
    await client.sees('more');
    client.leave('resets');
    await until(() => nest.seen.records.length > 0);

    expect(told(nest.seen.records)).toEqual(['WARNING GET /case aborted']);
  });
});
