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

  /** As a worker of BullMQ calls it. */
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
    // eslint-disable-next-line typescript/only-throw-error -- what a careless library does
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

describe('What an application has of its own in Nest', () => {
  it('a global filter answers, and the plain Error it answered with 418 leaves only the request record', async () => {
    const nest = await startNestApp({ ...app, providers: [{ provide: APP_FILTER, useClass: Teapot }] });

    const response = await nest.get('/shop/broken');

    expect(response).toEqual({ status: 418, text: '{"by":"the filter of the application"}' });
    expect(nest.lines).toEqual(['WARNING http GET /shop/broken 418 N ms']);
    expect(nest.errors).toEqual([]);
  });

  it('a filter for one class of Errors answers 404, also later, and only the others are written', async () => {
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

  it('a filter answers 404, and its own ERROR record dumps the request at once', async () => {
    const nest = await startNestApp({ ...app, before: (app) => app.useGlobalFilters(new Logging(404)) });

    await nest.get('/shop/broken');

    expect(nest.lines).toEqual([
      HELD,
      'ERROR AllErrors broken on purpose',
      'WARNING http GET /shop/broken 404 N ms',
    ]);
  });

  it('a filter answers 200 in spite of an Error, which is a failure', async () => {
    const nest = await startNestApp({ ...app, before: (app) => app.useGlobalFilters(new AlwaysFine()) });

    expect((await nest.get('/shop/broken')).status).toBe(200);

    expect(nest.lines).toEqual([
      HELD,
      'ERROR http GET /shop/broken failed',
      'ERROR http GET /shop/broken 200 N ms',
    ]);
  });

  it('a filter answers 200 to an HttpException that refuses, which is no failure', async () => {
    const nest = await startNestApp({ ...app, before: (app) => app.useGlobalFilters(new AlwaysFine()) });

    expect((await nest.get('/nowhere')).status).toBe(200);

    expect(nest.lines).toEqual(['WARNING http GET /nowhere 200 N ms']);
  });

  it('no filter: what bears a foreign status is a failure, whatever Nest answers', async () => {
    const nest = await startNestApp(app);

    expect((await nest.get('/shop/upstream')).status).toBe(500);
    // Nest takes the status of what is no Error.
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

  it('no filter: a file that is not there is a failure, although Nest answers 400', async () => {
    const nest = await startNestApp(app);

    expect((await nest.get('/shop/file')).status).toBe(400);

    expect(nest.lines).toEqual([
      HELD,
      expect.stringContaining('ERROR StreamableFile ENOENT'),
      'WARNING http GET /shop/file 400 N ms',
    ]);
  });

  it('no filter: a body that is too large leaves only the request record', async () => {
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

  it('a decorated service that throws an HttpException leaves it to the answer of the request', async () => {
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
  ])('a job that throws an Error is a failure, whatever status it bears: %s', async (_what, make) => {
    const nest = await startNestApp({ ...app, providers: [Orders] });
    const error = make();

    await expect(nest.app.get(Orders).process(error)).rejects.toBe(error);

    expect(nest.lines).toEqual([HELD, 'ERROR call Orders.process failed']);
    expect(nest.errors).toEqual([error]);
  });

  it('a veto by status holds for the answer of a filter', async () => {
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

  it('a filter that logs the stack has written the Error', async () => {
    const nest = await startNestApp({ ...app, before: (app) => app.useGlobalFilters(new Logging()) });

    await nest.get('/shop/broken');

    expect(nest.lines).toEqual([
      HELD,
      'ERROR AllErrors broken on purpose',
      'ERROR http GET /shop/broken 500 N ms',
    ]);
    expect(nest.errors).toEqual([broken]);
  });

  it('a filter that throws does not hide the first Error', async () => {
    const nest = await startNestApp({ ...app, before: (app) => app.useGlobalFilters(new BrokenFilter()) });

    expect((await nest.get('/shop/broken')).status).toBe(500);

    expect(nest.lines[0]).toBe(HELD);
    expect(nest.errors.filter((error) => error === broken)).toEqual([broken]);
  });

  it('a filter for some Errors gets these, and Nest the others', async () => {
    const nest = await startNestApp({ ...app, before: (app) => app.useGlobalFilters(new HttpOnly()) });

    expect((await nest.get('/nowhere')).text).toBe('{"by":"the filter of the application"}');
    expect((await nest.get('/shop/broken')).text).toBe(
      '{"statusCode":500,"message":"Internal server error"}',
    );
  });

  it('a global guard and a global interceptor act as without us', async () => {
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

  it('an interceptor that answers in place of the Error has made the request a success', async () => {
    const nest = await startNestApp({ ...app, before: (app) => app.useGlobalInterceptors(new Fallback()) });

    expect(await nest.get('/shop/broken')).toEqual({ status: 200, text: 'the fallback' });

    expect(nest.lines).toEqual(['INFO http GET /shop/broken 200 N ms']);
  });

  it('a logger set with useLogger stays', async () => {
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
