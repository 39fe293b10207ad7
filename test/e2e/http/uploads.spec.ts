/** Uploads: a large body that comes in parts, through multer and through the limits of both frameworks. */
import { Controller, Post, UploadedFile, UseInterceptors } from '@nestjs/common';
import { FileInterceptor } from '@nestjs/platform-express';
import express, { type NextFunction, type Request, type Response } from 'express';
import { once } from 'node:events';
import { request as send, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { InjectLogger, type Logger } from '../../../lib';
import { currentScope } from '../../../lib/scope/current';
import { startNestApp } from '../../support/nest-app';
import { until } from '../../support/until';
import { EXPRESS_5, told, type Cell } from './cells';
import { head, RawClient } from '../../support/raw-client';
import { multer, type MulterOptions, type Storage } from './multer';

const MB = 1024 * 1024;
const OPENING = '--b\r\ncontent-disposition: form-data; name="file"; filename="orders.csv"\r\n\r\n';
const CLOSING = '\r\n--b--\r\n';

/** Sends a file of so many bytes as a client does that reads it from a disk: 64 KiB at a time, no faster than it is taken. */
async function upload(port: number, path: string, size: number): Promise<number> {
  const outgoing = send({
    port,
    host: '127.0.0.1',
    path,
    method: 'POST',
    agent: false,
    headers: { 'content-type': 'multipart/form-data; boundary=b' },
  });
  // A server that refuses may close the connection before all of it is sent.
  outgoing.on('error', () => undefined);
  const answered = once(outgoing, 'response') as Promise<[IncomingMessage]>;
  const state = { isAnswered: false };
  void answered.then(() => (state.isAnswered = true));
  outgoing.write(OPENING);
  const chunk = Buffer.alloc(64 * 1024, 'x');
  for (let sent = 0; sent < size && !state.isAnswered; sent += chunk.length) {
    if (!outgoing.write(chunk)) await Promise.race([once(outgoing, 'drain'), answered]);
  }
  outgoing.end(CLOSING);
  const [response] = await answered;
  response.resume();
  await once(response, 'close');
  return response.statusCode ?? 0;
}

/** Takes a file in, counts it, and logs from each callback of multer and of the stream. */
function countingStorage(log: () => Logger | undefined): Storage {
  return {
    _handleFile(_request, file, done) {
      log()?.debug('storing %s', file.originalname);
      let size = 0;
      let begun = false;
      file.stream.on('data', (data: Buffer) => {
        size += data.length;
        if (!begun) log()?.debug('the first bytes');
        begun = true;
      });
      file.stream.on('end', () => {
        log()?.debug('%d bytes', size);
        done(undefined, { size });
      });
    },
    _removeFile(_request, _file, done) {
      done(undefined);
    },
  };
}

function options(log: () => Logger | undefined): Required<Pick<MulterOptions, 'storage' | 'fileFilter'>> {
  return {
    storage: countingStorage(log),
    fileFilter: (_request, file, done) => {
      log()?.debug('may %s come in', file.originalname);
      done(null, true);
    },
  };
}

const DUMP = [
  '* DEBUG may orders.csv come in',
  '* DEBUG storing orders.csv',
  '* DEBUG the first bytes',
  `* DEBUG ${50 * MB} bytes`,
  '* DEBUG importing',
  'ERROR !no such column',
];

/** multer on Express, whose error handler answers what the case wants. */
async function withMulter(limits: MulterOptions['limits'] = {}): Promise<Cell> {
  return EXPRESS_5.start(
    (request, response, log) => {
      expect(currentScope()).toBeDefined();
      log.debug('importing');
      if (request.url === '/bad') throw new Error('no such column');
      response.end('ok');
    },
    {
      options: { maxDumpsPerSecond: false },
      middleware: (app, log) => {
        app.use(multer({ ...options(() => log), limits }).single('file'));
      },
    },
  );
}

let nestLog: Logger | undefined;

@Controller()
class UploadsController {
  constructor(@InjectLogger('shop') private readonly logger: Logger) {
    nestLog = logger;
  }

  @Post('good')
  @UseInterceptors(
    FileInterceptor(
      'file',
      options(() => nestLog),
    ),
  )
  good(@UploadedFile() file: { readonly size: number }): number {
    this.logger.debug('importing');
    return file.size;
  }

  @Post('bad')
  @UseInterceptors(
    FileInterceptor(
      'file',
      options(() => nestLog),
    ),
  )
  bad(): never {
    this.logger.debug('importing');
    throw new Error('no such column');
  }

  @Post('limited')
  @UseInterceptors(FileInterceptor('file', { ...options(() => nestLog), limits: { fileSize: MB } }))
  limited(): void {
    this.logger.debug('never reached');
  }
}

describe('An upload of 50 MB', { timeout: 30_000 }, () => {
  it('is written with what its callbacks logged when it fails, and is silent when it does not: multer on Express', async () => {
    const cell = await withMulter();

    expect(await upload(cell.port, '/good', 50 * MB)).toBe(200);
    await cell.settled();
    expect(cell.lines).toEqual(['INFO POST /good 200']);
    cell.seen.clear();
    expect(await upload(cell.port, '/bad', 50 * MB)).toBe(500);
    await cell.settled();

    expect(cell.lines).toEqual([...DUMP, 'ERROR POST /bad 500']);
  });

  it('is written with what its callbacks logged when it fails, and is silent when it does not: FileInterceptor of Nest', async () => {
    const nest = await startNestApp({ controllers: [UploadsController] });
    const { port } = nest.server.address() as AddressInfo;

    expect(await upload(port, '/good', 50 * MB)).toBe(201);
    await nest.settled();
    expect(told(nest.seen.records)).toEqual(['INFO POST /good 201']);
    nest.seen.clear();
    expect(await upload(port, '/bad', 50 * MB)).toBe(500);
    await nest.settled();

    expect(told(nest.seen.records)).toEqual([...DUMP, 'ERROR POST /bad 500']);
  });
});

describe('Uploads on one kept-alive connection', () => {
  it('keep the records of their callbacks apart', async () => {
    const cell = await withMulter();
    const client = await RawClient.connect(cell.port);
    for (const [i, path] of ['/good', '/bad', '/good'].entries()) {
      const body = `${OPENING}${path}${CLOSING}`;
      const headers = { 'content-type': 'multipart/form-data; boundary=b', 'content-length': body.length };
      // In two pieces, so that the callbacks run when the handlers before them have returned.
      client.send(head(`POST ${path}`, { ...headers, 'x-request-id': `r-${i}` }) + OPENING);
      await nextTurn();
      client.send(body.slice(OPENING.length));
      await client.answers(i + 1);
    }
    await cell.settled(3);

    const dump = [...DUMP.slice(0, 3), '* DEBUG 4 bytes', ...DUMP.slice(4), 'ERROR POST /bad 500'];
    expect(cell.lines).toEqual(['INFO POST /good 200', ...dump, 'INFO POST /good 200']);
    expect(
      new Set(cell.seen.records.slice(1, -1).map(({ context }) => context?.fields['requestId'])),
    ).toEqual(new Set(['r-1']));
  });
});

describe('An upload over the limit', () => {
  it('leaves its request record: express.raw', async () => {
    const cell = await EXPRESS_5.start(() => undefined, {
      middleware: (app, log) => {
        app.use((_request: Request, _response: Response, next: NextFunction) => {
          log.debug('before');
          next();
        });
        app.use(express.raw({ type: () => true, limit: MB }));
      },
    });
    expect(await upload(cell.port, '/case', 2 * MB)).toBe(413);
    await cell.settled();

    expect(cell.lines).toEqual(['WARNING POST /case 413']);
  });

  it('leaves its request record: FileInterceptor of Nest', async () => {
    const nest = await startNestApp({ controllers: [UploadsController] });
    const { port } = nest.server.address() as AddressInfo;

    expect(await upload(port, '/limited', 2 * MB)).toBe(413);
    await nest.settled();

    expect(told(nest.seen.records).at(-1)).toBe('WARNING POST /limited 413');
    expect(told(nest.seen.records).filter((text) => !text.startsWith('WARNING'))).toEqual([]);
  });

  it('is a failure where nobody says that the client is to blame: multer on Express answers 500', async () => {
    const cell = await withMulter({ fileSize: MB });

    expect(await upload(cell.port, '/case', 2 * MB)).toBe(500);
    await cell.settled();

    expect(cell.lines).toEqual([
      '* DEBUG may orders.csv come in',
      '* DEBUG storing orders.csv',
      '* DEBUG the first bytes',
      expect.stringMatching(/^(\* DEBUG \d+ bytes|ERROR !File too large)$/),
      expect.stringMatching(/^ERROR (!File too large|POST \/case 500)$/),
      ...cell.lines.slice(5),
    ]);
    expect(cell.lines.filter((text) => text.startsWith('ERROR'))).toEqual([
      'ERROR !File too large',
      'ERROR POST /case 500',
    ]);
    await until(() => cell.seen.records.length >= 5);
  });
});
