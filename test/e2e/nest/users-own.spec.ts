import {
  Catch,
  Controller,
  Get,
  HttpException,
  Injectable,
  Logger as NestLog,
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
import type { Request, Response } from 'express';
import { catchError, map, of, type Observable } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { getLogger } from '../../../lib';
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
class Logging implements ExceptionFilter {
  readonly #logger = new NestLog('AllErrors');

  catch(error: Error, host: ArgumentsHost): void {
    this.#logger.error(error.message, error.stack);
    answer(host, 500);
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

@Controller('shop')
class ShopController {
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
  it('a global filter answers, and the plain Error it answered with 418 is still written', async () => {
    const nest = await startNestApp({ ...app, providers: [{ provide: APP_FILTER, useClass: Teapot }] });

    const response = await nest.get('/shop/broken');

    expect(response).toEqual({ status: 418, text: '{"by":"the filter of the application"}' });
    expect(nest.lines).toEqual([
      HELD,
      'ERROR http GET /shop/broken failed',
      'WARNING http GET /shop/broken 418 N ms',
    ]);
    expect(nest.errors).toEqual([broken]);
  });

  it('a veto by status holds for the answer of a filter', async () => {
    const nest = await startNestApp({
      ...app,
      logging: { logIfErrors: { excludeStatus: [418] } },
      before: (app) => app.useGlobalFilters(new Teapot()),
    });

    expect((await nest.get('/shop/broken')).status).toBe(418);

    expect(nest.lines).toEqual(['WARNING http GET /shop/broken 418 N ms']);
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
      HELD,
      'ERROR http GET /shop/broken failed',
      'ERROR http GET /shop/broken 500 N ms',
    ]);
  });
});
