/** The applications of a Nest cell: with our defaults, a global filter, `excludeStatus`, and `routes: 'decorated'`. */
import * as common from '@nestjs/common';
import * as core from '@nestjs/core';
import { LoggingModule } from 'nestjs-hindsight';
import { arrive, broken, fail, later, newTarget } from './cell.mjs';
import { pathOf } from './client.mjs';
import { Answering, DECORATED, FILTERED, PLAIN, VETOED } from './nest-routes.mjs';

function decorate(target, key, decorators) {
  const descriptor = Object.getOwnPropertyDescriptor(target, key);
  for (const decorator of decorators) decorator(target, key, descriptor);
  Object.defineProperty(target, key, descriptor);
}

/** A controller with one handler for each row. */
function controllerOf(routes) {
  class Shop {}
  for (const [name, { handle, param, method = common.Get, decorators = [] }] of Object.entries(routes)) {
    const value = param === undefined ? () => handle() : (given) => handle(given);
    Object.defineProperty(Shop.prototype, name, { value, configurable: true, writable: true });
    param?.(Shop.prototype, name, 0);
    decorate(Shop.prototype, name, [method(pathOf(name)), ...decorators]);
  }
  common.Controller()(Shop);
  return Shop;
}

class BrokenPerRequest {
  constructor() {
    fail();
  }
}
common.Injectable({ scope: common.Scope.REQUEST })(BrokenPerRequest);

class Scoped {
  get() {
    return 'not reached';
  }
}
decorate(Scoped.prototype, 'get', [common.Get(pathOf('provider of the request cannot be made'))]);
common.Inject(BrokenPerRequest)(Scoped, undefined, 0);
common.Controller()(Scoped);

/** A middleware that throws for the row of its name. */
function breaking(owner) {
  const ways = new Map([
    [pathOf(`${owner} middleware throws`), () => fail()],
    [pathOf(`${owner} middleware rejects`), async () => (await later(), fail())],
    [pathOf(`${owner} middleware hands an Error on`), (next) => next(broken())],
  ]);
  return (request, _response, next) => (ways.get(request.originalUrl) ?? ((go) => go()))(next);
}

class Breaking {
  use = breaking('module');
}
common.Injectable()(Breaking);

const MODULE_ROWS = ['throws', 'rejects', 'hands an Error on'].map((way) =>
  pathOf(`module middleware ${way}`),
);

/** The statuses of the user's global filter; without a status it throws. */
const STATUSES = new Map([
  [pathOf('filter answers 418'), 418],
  [pathOf('filter answers 200'), 200],
  [pathOf('filter answers 503'), 503],
  [pathOf('filter answers a 404'), 404],
  [pathOf('filter answers a 404 with 503'), 503],
  [pathOf('status 503 is excluded'), 503],
  [pathOf('status 502 is not excluded'), 502],
]);
const filterProvider = {
  provide: core.APP_FILTER,
  useFactory: () => new Answering((path) => STATUSES.get(path)),
};

const APPS = {
  plain: { controllers: [controllerOf(PLAIN), Scoped], providers: [BrokenPerRequest] },
  filtered: { controllers: [controllerOf(FILTERED)], providers: [filterProvider] },
  vetoed: {
    controllers: [controllerOf(VETOED)],
    providers: [filterProvider],
    logIfErrors: { excludeStatus: [503] },
  },
  decorated: { controllers: [controllerOf(DECORATED)], logIfErrors: { routes: 'decorated' } },
};

/** A small limit for bodies, in bytes. */
const LIMIT = 100;

async function adapterFor(platform) {
  if (platform === 'express') return new (await import('@nestjs/platform-express')).ExpressAdapter();
  return new (await import('@nestjs/platform-fastify')).FastifyAdapter({ bodyLimit: LIMIT });
}

function moduleOf({ logIfErrors = {}, ...metadata }) {
  class App {
    configure(consumer) {
      consumer.apply(Breaking).forRoutes(...MODULE_ROWS);
    }
  }
  const logging = LoggingModule.forRoot({
    handlers: { seen: newTarget() },
    logIfErrors: { maxDumpsPerSecond: false, ...logIfErrors },
  });
  common.Module({ ...metadata, imports: [logging] })(App);
  return App;
}

/** Starts an application of the cell, with the middleware of its main.ts. */
export async function startNest(kind, platform) {
  const app = await core.NestFactory.create(moduleOf(APPS[kind]), await adapterFor(platform), {
    bufferLogs: true,
  });
  app.use(arrive);
  app.use(breaking('app'));
  if (platform === 'express') app.useBodyParser('json', { limit: LIMIT });
  await app.listen(0, '127.0.0.1');
  return { url: await app.getUrl(), close: async () => app.close() };
}
