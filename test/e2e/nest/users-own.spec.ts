import {
  Catch,
  Controller,
  Get,
  HttpException,
  Injectable,
  Logger as NestLog,
  NotFoundException,
  Optional,
  StreamableFile,
  UnauthorizedException,
  UseFilters,
  type ArgumentsHost,
  type CallHandler,
  type CanActivate,
  type ExceptionFilter,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_INTERCEPTOR } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { Request, Response } from 'express';
import createError from 'http-errors';
import { createReadStream } from 'node:fs';
import { catchError, map, of, type Observable } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { getLogger, LogIfErrors } from '../../../lib';
import { startNestApp } from '../../support/nest-app';

const broken = new Error('broken on purpose');

function fail(): never {
  getLogger('shop').debug('about to break');
  throw broken;
}

function answer(host: ArgumentsHost, status: number): void {
  host.switchToHttp().getResponse<Response>().status(status).json({ by: 'the filter of the application' });
}

@Catch()
class Teapot implements ExceptionFilter {
  catch(_error: unknown, host: ArgumentsHost): void {
    answer(host, 418);
  }
}

@Catch()
class Busy implements ExceptionFilter {
  catch(_error: unknown, host: ArgumentsHost): void {
    answer(host, 503);
  }
}

@Catch()
class AlwaysFine implements ExceptionFilter {
  catch(_error: unknown, host: ArgumentsHost): void {
    answer(host, 200);
  }
}

class Missing extends Error {}

@Catch(Missing)
class MissingIs404 implements ExceptionFilter {
  async catch(_error: unknown, host: ArgumentsHost): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    answer(host, 404);
  }
}

@Catch()
class Logging implements ExceptionFilter {
  readonly #logger = new NestLog('AllErrors');
  readonly #status: number;

  constructor(status = 500) {
    this.#status = status;
  }

  catch(error: Error, host: ArgumentsHost): void {
    this.#logger.error(error.message, error.stack);
    answer(host, this.#status);
  }
}

@Catch()
class BrokenFilter implements ExceptionFilter {
  catch(): never {
    throw new Error('the filter broke');
  }
}

@Catch(HttpException)
class HttpOnly implements ExceptionFilter {
  catch(error: HttpException, host: ArgumentsHost): void {
    answer(host, error.getStatus());
  }
}

@Injectable()
class KeyGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    if (context.switchToHttp().getRequest<Request>().headers['x-key'] === 'none')
      throw new UnauthorizedException();
    return true;
  }
}

@Injectable()
class Envelope implements NestInterceptor {
  intercept(_context: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle().pipe(map((data: unknown) => ({ data })));
  }
}

@Injectable()
class Fallback implements NestInterceptor {
  intercept(_context: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle().pipe(catchError(() => of('the fallback')));
  }
}

@Injectable()
class Orders {
  @LogIfErrors()
  find(): string {
    getLogger('shop').debug('about to break');
    throw new NotFoundException();
  }

  /** BullMQ's worker calls it in this way. */
  @LogIfErrors()
  async process(toThrow: Error): Promise<void> {
    await Promise.resolve();
    getLogger('shop').debug('about to break');
    throw toThrow;
  }
}

@Controller('shop')
class ShopController {
  constructor(@Optional() private readonly orders?: Orders) {}

  @Get('decorated')
  decorated(): string | undefined {
    return this.orders?.find();
  }

  @Get('missing')
  missing(): string {
    getLogger('shop').debug('about to break');
    throw new Missing('no such order');
  }

  @Get('upstream')
  upstream(): string {
    getLogger('shop').debug('about to break');
    throw Object.assign(new Error('upstream said 404'), { status: 404, response: { status: 404 } });
  }

  @Get('shaped')
  shaped(): string {
    getLogger('shop').debug('about to break');
    // eslint-disable-next-line typescript/only-throw-error -- some libraries do this
    throw { statusCode: 404, message: 'upstream said 404' };
  }

  @Get('file')
  file(): StreamableFile {
    getLogger('shop').debug('about to break');
    return new StreamableFile(createReadStream('/nowhere/at/all'));
  }

  @Get('fine')
  fine(): string {
    return 'fine';
  }

  @Get('broken')
  broken(): string {
    return fail();
  }

  @Get('route-filter')
  @UseFilters(Busy)
  routeFilter(): string {
    return fail();
  }
}

const app = { controllers: [ShopController] };
const HELD = 'DEBUG shop about to break';

describe('Filters, guards, interceptors and loggers of the application', () => {
  it('a global filter answers an Error with 418: only the request record is written', async () => {
    const nest = await startNestApp({ ...app, providers: [{ provide: APP_FILTER, useClass: Teapot }] });

    const response = await nest.get('/shop/broken');

    expect(response).toEqual({ status: 418, text: '{"by":"the filter of the application"}' });
    expect(nest.lines).toEqual(['WARNING http GET /shop/broken 418 N ms']);
    expect(nest.errors).toEqual([]);
  });

  it('a filter answers one class of Errors with 404: only other Errors are written', async () => {
    const nest = await startNestApp({ ...app, before: (app) => app.useGlobalFilters(new MissingIs404()) });

    expect((await nest.get('/shop/missing')).status).toBe(404);
    expect((await nest.get('/shop/broken')).status).toBe(500);

    expect(nest.lines).toEqual([
      'WARNING http GET /shop/missing 404 N ms',
      HELD,
      'ERROR ExceptionsHandler broken on purpose',
      'ERROR http GET /shop/broken 500 N ms',
    ]);
  });

  it('a filter logs at ERROR and answers 404: the request is dumped at once', async () => {
    const nest = await startNestApp({ ...app, before: (app) => app.useGlobalFilters(new Logging(404)) });

    await nest.get('/shop/broken');

    expect(nest.lines).toEqual([
      HELD,
      'ERROR AllErrors broken on purpose',
      'WARNING http GET /shop/broken 404 N ms',
    ]);
  });

  it('a filter answers an Error with 200: the request fails', async () => {
    const nest = await startNestApp({ ...app, before: (app) => app.useGlobalFilters(new AlwaysFine()) });

    expect((await nest.get('/shop/broken')).status).toBe(200);

    expect(nest.lines).toEqual([
      HELD,
      'ERROR http GET /shop/broken failed',
      'ERROR http GET /shop/broken 200 N ms',
    ]);
  });

  it('a filter answers a client error with 200: the request does not fail', async () => {
    const nest = await startNestApp({ ...app, before: (app) => app.useGlobalFilters(new AlwaysFine()) });

    expect((await nest.get('/nowhere')).status).toBe(200);

    expect(nest.lines).toEqual(['WARNING http GET /nowhere 200 N ms']);
  });

  it('no filter: the Error of another library is a failure, whatever its status', async () => {
    const nest = await startNestApp(app);

    expect((await nest.get('/shop/upstream')).status).toBe(500);
    // Nest uses the status of an object that is not an Error.
    expect((await nest.get('/shop/shaped')).status).toBe(404);

    expect(nest.lines).toEqual([
      HELD,
      'ERROR ExceptionsHandler upstream said 404',
      'ERROR http GET /shop/upstream 500 N ms',
      HELD,
      'ERROR ExceptionsHandler [object Object]',
      'WARNING http GET /shop/shaped 404 N ms',
    ]);
  });

  it('no filter: a missing file is a failure, even if Nest answers 400', async () => {
    const nest = await startNestApp(app);

    expect((await nest.get('/shop/file')).status).toBe(400);

    expect(nest.lines).toEqual([
      HELD,
      expect.stringContaining('ERROR StreamableFile ENOENT'),
      'WARNING http GET /shop/file 400 N ms',
    ]);
  });

  it('no filter: for a body that is too large, only the request record is written', async () => {
    const nest = await startNestApp({
      ...app,
      before: (app) => (app as NestExpressApplication).useBodyParser('json', { limit: 10 }),
    });

    await nest.request
      .post('/shop/broken')
      .send({ items: 'x'.repeat(100) })
      .expect(413);
    await nest.settled();

    expect(nest.lines.filter((line) => !line.startsWith('WARNING'))).toEqual([]);
  });

  it('a decorated service throws an HttpException: the answer of the request decides', async () => {
    const nest = await startNestApp({ ...app, providers: [Orders] });

    expect((await nest.get('/shop/decorated')).status).toBe(404);

    expect(nest.lines).toEqual(['WARNING http GET /shop/decorated 404 N ms']);
  });

  it.each<[string, () => Error]>([
    ['a status, as axios throws', () => Object.assign(new Error('x'), { status: 404 })],
    [
      'a response with a statusCode, as got',
      () => Object.assign(new Error('x'), { response: { statusCode: 404 } }),
    ],
    [
      'the metadata of the AWS SDK',
      () => Object.assign(new Error('x'), { $metadata: { httpStatusCode: 404 } }),
    ],
    ['a statusCode', () => Object.assign(new Error('x'), { statusCode: 404 })],
    ['an HttpException, which nobody answers', () => new NotFoundException()],
    ['an Error of http-errors', () => createError(404)],
  ])("a job that throws an Error fails, whatever the Error's status: %s", async (_what, make) => {
    const nest = await startNestApp({ ...app, providers: [Orders] });
    const error = make();

    await expect(nest.app.get(Orders).process(error)).rejects.toBe(error);

    expect(nest.lines).toEqual([HELD, 'ERROR call Orders.process failed']);
    expect(nest.errors).toEqual([error]);
  });

  it('excludeStatus applies to the answer of a filter', async () => {
    const nest = await startNestApp({
      ...app,
      logging: { logIfErrors: { excludeStatus: [503] } },
      before: (app) => app.useGlobalFilters(new Busy()),
    });

    expect((await nest.get('/shop/broken')).status).toBe(503);

    expect(nest.lines).toEqual(['ERROR http GET /shop/broken 503 N ms']);
  });

  it.each(['/shop/route-filter', '/shop/broken'])(
    'a filter that answers %s with 503 is a failure',
    async (path) => {
      const nest = await startNestApp({ ...app, before: (app) => app.useGlobalFilters(new Busy()) });

      expect((await nest.get(path)).status).toBe(503);

      expect(nest.lines).toEqual([HELD, `ERROR http GET ${path} failed`, `ERROR http GET ${path} 503 N ms`]);
      expect(nest.errors).toEqual([broken]);
    },
  );

  it('a filter logs the stack: the Error is not written again', async () => {
    const nest = await startNestApp({ ...app, before: (app) => app.useGlobalFilters(new Logging()) });

    await nest.get('/shop/broken');

    expect(nest.lines).toEqual([
      HELD,
      'ERROR AllErrors broken on purpose',
      'ERROR http GET /shop/broken 500 N ms',
    ]);
    expect(nest.errors).toEqual([broken]);
  });

  it('a filter throws: the first Error is written, too', async () => {
    const nest = await startNestApp({ ...app, before: (app) => app.useGlobalFilters(new BrokenFilter()) });

    expect((await nest.get('/shop/broken')).status).toBe(500);

    expect(nest.lines[0]).toBe(HELD);
    expect(nest.errors.filter((error) => error === broken)).toEqual([broken]);
  });

  it('a filter for some Errors gets only these, and Nest gets the others', async () => {
    const nest = await startNestApp({ ...app, before: (app) => app.useGlobalFilters(new HttpOnly()) });

    expect((await nest.get('/nowhere')).text).toBe('{"by":"the filter of the application"}');
    expect((await nest.get('/shop/broken')).text).toBe(
      '{"statusCode":500,"message":"Internal server error"}',
    );
  });

  it('a global guard and a global interceptor work as usual', async () => {
    const nest = await startNestApp({
      ...app,
      providers: [
        { provide: APP_GUARD, useClass: KeyGuard },
        { provide: APP_INTERCEPTOR, useClass: Envelope },
      ],
    });

    expect((await nest.get('/shop/fine')).text).toBe('{"data":"fine"}');
    await nest.request.get('/shop/fine').set('x-key', 'none').expect(401);
  });

  it('an interceptor replaces the Error by an answer: the request succeeds', async () => {
    const nest = await startNestApp({ ...app, before: (app) => app.useGlobalInterceptors(new Fallback()) });

    expect(await nest.get('/shop/broken')).toEqual({ status: 200, text: 'the fallback' });

    expect(nest.lines).toEqual(['INFO http GET /shop/broken 200 N ms']);
  });

  it('a logger that is set with useLogger is kept', async () => {
    const lines: unknown[] = [];
    const write = (message: unknown): number => lines.push(message);
    const own = { log: write, error: write, warn: write };
    const nest = await startNestApp({ ...app, before: (app) => app.useLogger(own) });

    await nest.get('/shop/broken');

    expect(lines).toContain(broken);
    expect(nest.lines).toEqual([
      expect.stringContaining('INFO LoggingModule Nest logs with the logger that the application gave it'),
      HELD,
      'ERROR http GET /shop/broken failed',
      'ERROR http GET /shop/broken 500 N ms',
    ]);
  });
});
