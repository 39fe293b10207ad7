/** Requests without a scope: `exclude` matches routes behind any prefix and version. */
import {
  Controller,
  Get,
  Module,
  RequestMethod,
  Version,
  VERSION_NEUTRAL,
  VersioningType,
  type INestApplication,
  type MiddlewareConsumer,
} from '@nestjs/common';
import type { Express, NextFunction, Request, Response } from 'express';
import { describe, expect, it } from 'vitest';
import { diagnostics } from '../../../lib/core/diagnostics';
import { ApplicationLogs } from '../../../lib/nest/application/application-logs';
import { capturedStderr } from '../../support/captured-stderr';
import { startNestApp, type NestApp } from '../../support/nest-app';

@Controller('health')
class Health {
  @Get()
  health(): string {
    return 'up';
  }

  @Get('db')
  db(): string {
    return 'up';
  }
}

@Controller({ path: 'orders', version: ['1', '2'] })
class Orders {
  @Get('health')
  health(): string {
    return 'of the orders';
  }

  @Get(':id')
  find(): string {
    return 'order';
  }
}

@Controller({ path: 'health', version: ['1', VERSION_NEUTRAL] })
class VersionedHealth {
  @Get()
  health(): string {
    return 'up';
  }

  @Get('deep')
  @Version('3')
  deep(): string {
    return 'up';
  }
}

interface Setting {
  readonly exclude?: readonly (string | RegExp)[];
  readonly controllers?: NonNullable<Parameters<typeof startNestApp>[0]>['controllers'];
  readonly before?: (app: INestApplication) => void;
}

async function start({
  exclude = ['/health'],
  controllers = [Health, Orders],
  before,
}: Setting): Promise<NestApp> {
  return startNestApp({
    controllers,
    logging: { logIfErrors: { exclude } },
    ...(before === undefined ? {} : { before }),
  });
}

/** Whether the request is answered, and whether it has a scope. */
async function ask(nest: NestApp, path: string): Promise<readonly [number, 'scope' | 'none']> {
  const { status, headers } = await nest.request.get(path);
  await nest.settled();
  return [status, headers['x-request-id'] === undefined ? 'none' : 'scope'];
}

const byUri = (app: INestApplication, prefix?: string | false): void => {
  app.enableVersioning({ type: VersioningType.URI, ...(prefix === undefined ? {} : { prefix }) });
};

describe('exclude', () => {
  it.each(['/health', '/health/', '/health?full=1', '/health/db', '/Health', '/HEALTH/DB/?a=/b'])(
    'leaves %s without a scope',
    async (path) => {
      expect(await ask(await start({}), path)).toEqual([200, 'none']);
    },
  );

  it.each([['/health/'], ['health'], ['/Health']])('accepts %s for /health', async (entry) => {
    const nest = await start({ exclude: [entry] });

    expect(await ask(nest, '/health')).toEqual([200, 'none']);
    expect(await ask(nest, '/health/db')).toEqual([200, 'none']);
    expect(await ask(nest, '/healthy')).toEqual([404, 'scope']);
    expect(await ask(nest, '/orders/health')).toEqual([200, 'scope']);
  });

  it.each([
    ['api', '/api', '/xapi'],
    ['/api', '/api', '/api/api'],
    ['api/', '/api', '/apis'],
    ['/a.b/api', '/a.b/api', '/axb/api'],
    [':tenant/api', '/ann/api', '/ann/lee/api'],
  ])('matches the routes behind the prefix %s', async (prefix, path, other) => {
    const nest = await start({ before: (app) => app.setGlobalPrefix(prefix) });

    expect(await ask(nest, `${path}/health`)).toEqual([200, 'none']);
    expect(await ask(nest, `${path}/orders/health`)).toEqual([200, 'scope']);
    expect(await ask(nest, `${other}/health`)).toEqual([404, 'scope']);
  });

  it('matches a route that is excluded from the prefix', async () => {
    const nest = await start({
      before: (app) =>
        app.setGlobalPrefix('api', { exclude: [{ path: 'health', method: RequestMethod.GET }] }),
    });

    expect(await ask(nest, '/health')).toEqual([200, 'none']);
    expect(await ask(nest, '/api/orders/health')).toEqual([200, 'scope']);
  });

  it('matches the whole path, too', async () => {
    const nest = await start({ exclude: ['/api/health'], before: (app) => app.setGlobalPrefix('api') });

    expect(await ask(nest, '/api/health')).toEqual([200, 'none']);
  });

  it.each([
    [undefined, 'v'],
    ['rev-', 'rev-'],
    [false, ''],
  ] as const)('means each version of the route in the URI, with the prefix %s', async (given, prefix) => {
    const nest = await start({
      controllers: [VersionedHealth, Orders],
      before: (app) => byUri(app.setGlobalPrefix('api'), given),
    });

    expect(await ask(nest, `/api/${prefix}1/health`)).toEqual([200, 'none']);
    expect(await ask(nest, `/api/health`)).toEqual([200, 'none']);
    expect(await ask(nest, `/api/${prefix}3/health/deep`)).toEqual([200, 'none']);
    expect(await ask(nest, `/api/${prefix}1/orders/health`)).toEqual([200, 'scope']);
    expect(await ask(nest, `/api/${prefix}2/orders/7`)).toEqual([200, 'scope']);
    // Not a version of a route, but the beginning of another path.
    expect(await ask(nest, `/api/${prefix}vouchers/health`)).toEqual([404, 'scope']);
  });

  it('matches the default version', async () => {
    const nest = await start({
      before: (app) => app.enableVersioning({ type: VersioningType.URI, defaultVersion: '7' }),
    });

    expect(await ask(nest, '/v7/health')).toEqual([200, 'none']);
  });

  it('matches only the root page with a slash', async () => {
    const nest = await start({ exclude: ['/'], before: (app) => app.setGlobalPrefix('api') });

    expect(await ask(nest, '/api')).toEqual([404, 'none']);
    expect(await ask(nest, '/')).toEqual([404, 'none']);
    expect(await ask(nest, '/api/health')).toEqual([200, 'scope']);
  });

  it('keeps applications with different prefixes apart', async () => {
    const module = { controllers: [Health] };
    const one = await start({ ...module, before: (app) => app.setGlobalPrefix('one') });
    const two = await start({ ...module, before: (app) => app.setGlobalPrefix('two') });

    expect(await ask(one, '/one/health')).toEqual([200, 'none']);
    expect(await ask(two, '/two/health')).toEqual([200, 'none']);
    expect(await ask(one, '/two/health')).toEqual([404, 'scope']);
  });
});

describe('excludeStatus', () => {
  it('matches the paths of its statuses in the same way', async () => {
    const nest = await startNestApp({
      controllers: [Health],
      logging: { logIfErrors: { excludeStatus: [{ 503: ['/health'] }] } },
      before: (app) => {
        app.setGlobalPrefix('api').use((request: Request, response: Response, next: NextFunction) => {
          app.get(ApplicationLogs).tree.getLogger('shop').debug('context of %s', request.path);
          if ('ill' in request.query) response.sendStatus(503);
          else next();
        });
      },
    });

    await nest.get('/api/Health?ill');
    await nest.get('/api/orders?ill');

    expect(nest.lines.filter((line) => line.includes('context'))).toEqual([
      'DEBUG shop context of /api/orders',
    ]);
  });
});

@Module({ controllers: [Health, Orders] })
class BehindMiddleware {
  configure(consumer: MiddlewareConsumer): void {
    consumer.apply((_request: unknown, _response: unknown, next: () => void) => next()).forRoutes('{*path}');
  }
}

async function reportOf(
  setting: Setting,
  metadata: Parameters<typeof startNestApp>[0] = {},
): Promise<string> {
  // A report is printed once within ten seconds.
  diagnostics.flush();
  const stderr = capturedStderr();
  const { exclude = [], before } = setting;
  await startNestApp({
    controllers: [Health, Orders],
    ...metadata,
    logging: { logIfErrors: { exclude } },
    ...(before === undefined ? {} : { before }),
  });
  return stderr.text;
}

describe('An entry of exclude that matches no route', () => {
  it('is reported at the start, with a similar route', async () => {
    const text = await reportOf({ exclude: ['/helth', '/health', '/status'] });

    expect(text).toContain(
      '"exclude" has paths that match no route: "/helth" (did you mean "/health"?), "/status";',
    );
    expect(text.match(/no route/g)).toHaveLength(1);
  });

  it('is reported with a prefix, a version, and a middleware for all routes', async () => {
    const before = (app: INestApplication): void => byUri(app.setGlobalPrefix('api'));

    expect(
      await reportOf({ exclude: ['/status'], before }, { controllers: [], imports: [BehindMiddleware] }),
    ).toContain('"/status"');
  });

  it.each([
    ['a route', ['/health', '/orders/health']],
    ['a route in another case and form', ['Health/', '/HEALTH/db']],
    ['what routes are below', ['/orders']],
    ['one that a parameter takes', ['/orders/7']],
    ['a pattern, which may be meant for anything', [/^\/static/]],
    ['the name of a message', ['health.check']],
    ['none', []],
  ])('is not reported for %s', async (_what, exclude) => {
    expect(await reportOf({ exclude })).toBe('');
  });

  it('is not reported for a route behind a prefix and a version', async () => {
    const before = (app: INestApplication): void => byUri(app.setGlobalPrefix('api'));

    expect(
      await reportOf({ exclude: ['/health', '/orders/7', '/api/v2/orders', '/v1/orders/7'], before }),
    ).toBe('');
  });

  it('is not reported for routes of Express itself', async () => {
    const before = (app: INestApplication): void => {
      const express = app.getHttpAdapter().getInstance() as Express;
      express.get('/metrics', (_request, response) => void response.send('1'));
      express.use('/queues', (_request, response) => void response.send('1'));
    };

    expect(await reportOf({ exclude: ['/metrics', '/queues', '/queues/7'], before })).toBe('');
  });

  it('is not reported if one route matches all other paths, as in a single-page application', async () => {
    const before = (app: INestApplication): void => {
      const express = app.getHttpAdapter().getInstance() as Express;
      express.get('/{*path}', (_request, response) => void response.send('page'));
    };

    expect(await reportOf({ exclude: ['/assets'], before })).toBe('');
  });
});
