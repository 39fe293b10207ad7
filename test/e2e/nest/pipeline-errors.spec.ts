import {
  Body,
  Controller,
  ForbiddenException,
  Get,
  Inject,
  Injectable,
  Param,
  ParseIntPipe,
  Post,
  Scope,
  UseGuards,
  UseInterceptors,
  UsePipes,
  type CallHandler,
  type CanActivate,
  type ExecutionContext,
  type MiddlewareConsumer,
  type NestInterceptor,
  type NestMiddleware,
  type NestModule,
  type PipeTransform,
  Module,
} from '@nestjs/common';
import type { NextFunction, Request, Response } from 'express';
import { map, type Observable } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { getLogger, InjectLogger, type Logger } from '../../../lib';
import { startNestApp } from '../../support/nest-app';

const broken = new Error('broken on purpose');

function fail(): never {
  getLogger('shop').debug('about to break');
  throw broken;
}

class BrokenPipe implements PipeTransform {
  transform(): never {
    return fail();
  }
}

class BrokenGuard implements CanActivate {
  canActivate(): never {
    return fail();
  }
}

class ClosedGuard implements CanActivate {
  canActivate(): never {
    getLogger('shop').debug('about to refuse');
    throw new ForbiddenException();
  }
}

class BrokenBefore implements NestInterceptor {
  intercept(): never {
    return fail();
  }
}

class BrokenAfter implements NestInterceptor {
  intercept(_context: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle().pipe(map(fail));
  }
}

@Injectable({ scope: Scope.REQUEST })
class BrokenPerRequest {
  constructor() {
    fail();
  }
}

@Controller('scoped')
class ScopedController {
  constructor(@Inject(BrokenPerRequest) readonly broken: BrokenPerRequest) {}

  @Get()
  get(): string {
    return 'never';
  }
}

@Controller('shop')
class ShopController {
  constructor(@InjectLogger('shop') private readonly logger: Logger) {}

  @Get('pipe/:id')
  pipe(@Param('id', BrokenPipe) id: string): string {
    return id;
  }

  @Get('pipes/:id')
  @UsePipes(BrokenPipe)
  pipes(@Param('id') id: string): string {
    return id;
  }

  @Get('number/:id')
  number(@Param('id', ParseIntPipe) id: number): number {
    return id;
  }

  @Get('guard')
  @UseGuards(BrokenGuard)
  guard(): string {
    return 'never';
  }

  @Get('closed')
  @UseGuards(ClosedGuard)
  closed(): string {
    return 'never';
  }

  @Get('before')
  @UseInterceptors(BrokenBefore)
  before(): string {
    return 'never';
  }

  @Get('after')
  @UseInterceptors(BrokenAfter)
  after(): string {
    return 'thrown away';
  }

  @Get('fine')
  fine(): string {
    return 'fine';
  }

  @Post()
  place(@Body() body: unknown): unknown {
    this.logger.debug('placing');
    return body;
  }
}

@Injectable()
class BrokenMiddleware implements NestMiddleware {
  async use(request: Request, _response: Response, next: NextFunction): Promise<void> {
    if (request.path === '/middleware/sync') fail();
    await Promise.resolve();
    if (request.path === '/middleware/async') fail();
    getLogger('shop').debug('about to break');
    next(broken);
  }
}

@Module({ providers: [BrokenMiddleware] })
class MiddlewareModule implements NestModule {
  configure(consumer: MiddlewareConsumer): void {
    consumer.apply(BrokenMiddleware).forRoutes('middleware/*path');
  }
}

@Controller('middleware')
class MiddlewareController {
  @Get(':way')
  never(): string {
    return 'never';
  }
}

const app = {
  imports: [MiddlewareModule],
  controllers: [ShopController, ScopedController, MiddlewareController],
  providers: [BrokenPerRequest],
};

/** What `main.ts` mounts with `app.use`. */
function useBroken(way: 'sync' | 'async' | 'next') {
  return (_request: Request, _response: Response, next: NextFunction): void | Promise<void> => {
    if (way === 'sync') return fail();
    if (way === 'async') return Promise.resolve().then(fail);
    getLogger('shop').debug('about to break');
    next(broken);
  };
}

describe('Nest on the way to a handler', () => {
  it.each([
    '/shop/pipe/1',
    '/shop/pipes/1',
    '/shop/guard',
    '/shop/before',
    '/shop/after',
    '/scoped',
    '/middleware/sync',
    '/middleware/async',
    '/middleware/next',
  ])('writes what was held and the Error, once, when %s fails', async (path) => {
    const nest = await startNestApp(app);

    expect((await nest.get(path)).status).toBe(500);

    expect(nest.lines).toEqual([
      'DEBUG shop about to break',
      'ERROR ExceptionsHandler broken on purpose',
      `ERROR http GET ${path} 500 N ms`,
    ]);
    expect(nest.errors).toEqual([broken]);
  });

  it.each(['sync', 'async', 'next'] as const)(
    'writes what was held and the Error when a middleware of app.use fails: %s',
    async (way) => {
      const nest = await startNestApp({ ...app, before: (app) => app.use(useBroken(way)) });

      expect((await nest.get('/shop/fine')).status).toBe(500);

      expect(nest.lines).toEqual([
        'DEBUG shop about to break',
        'ERROR ExceptionsHandler broken on purpose',
        'ERROR http GET /shop/fine 500 N ms',
      ]);
      expect(nest.errors).toEqual([broken]);
    },
  );

  it.each([
    ['/shop/closed', 403],
    ['/shop/number/x', 400],
    ['/nowhere', 404],
  ])('writes nothing but the request record for %s with %d', async (path, status) => {
    const nest = await startNestApp(app);

    expect((await nest.get(path)).status).toBe(status);

    expect(nest.lines).toEqual([`WARNING http GET ${path} ${status} N ms`]);
  });

  it('writes nothing but the request record for a body that is no JSON', async () => {
    const nest = await startNestApp(app);

    await nest.request.post('/shop').set('content-type', 'application/json').send('{"a":').expect(400);
    await nest.settled();

    expect(nest.lines).toEqual(['WARNING http POST /shop 400 N ms']);
  });

  it('writes nothing but the request record for a body that is too large', async () => {
    const nest = await startNestApp(app);

    await nest.request
      .post('/shop')
      .send({ text: 'x'.repeat(200_000) })
      .expect(413);
    await nest.settled();

    expect(nest.lines).toEqual(['WARNING http POST /shop 413 N ms']);
  });
});
