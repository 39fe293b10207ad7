/** The applications of an Express cell, without Nest: with our defaults, with an error handler of the user, and with `excludeStatus`. */
import express from 'express';
import createError from 'http-errors';
import { errorLogs, requestLogs } from 'nestjs-hindsight/express';
import { once } from 'node:events';
import { pipeline, Readable } from 'node:stream';
import * as cell from './cell.mjs';
import { pathOf } from './client.mjs';

const { say, fail, broken, later } = cell;

/** One target for all applications, because they share the root logger. */
const target = cell.newTarget();

/** Express 5 awaits promises; in Express 4 a handler calls `next(error)` itself. */
const waiting = (handle) => (request, response, next) => void handle(request, response, next).catch(next);

const fine = (_request, response) => void (say(), response.send('fine'));
const counted = ({ body }, response) => void (say(), response.send(`${body.items} items`));
const broke = () => fail();
const exception = (status) => () => {
  say();
  throw createError(status, 'it broke');
};
const streamed = (parts) => (_request, response, next) =>
  pipeline(Readable.from(parts(), { objectMode: false }), response, (error) => error && next(error));

const PLAIN = {
  succeeds: fine,
  'succeeds later': waiting(async (request, response) => (await later(), fine(request, response))),
  'answers a body': counted,
  'answers a slow body': counted,
  'writes its answer by hand': waiting(async (_request, response) => {
    for await (const part of cell.twoParts()) response.write(part);
    response.end();
  }),
  'sends a stream': streamed(cell.twoParts),

  'handler throws': broke,
  'handler rejects': waiting(async () => (await later(), fail())),
  'handler of a slow body throws': broke,
  'handler hands an Error to next': (_request, _response, next) => next(broken()),
  'handler throws text': () => {
    say();
    throw 'it broke';
  },
  'handler throws an object': () => {
    say();
    throw { code: 7 };
  },
  'exception with status 500': exception(500),
  'exception with status 503': exception(503),
  'exception with status 404': exception(404),
  'exception with status 418': exception(418),
  'Error with a foreign status 404': () => fail({ status: 404 }),
  'Error with a foreign statusCode 404': () => fail({ statusCode: 404 }),
  'handler answers 503 by hand': (_request, response) => void (say(), response.status(503).send('closed')),
  'handler logs its Error and throws it': () => {
    const error = broken();
    cell.logError('no order', error);
    throw error;
  },
  'handler logs at ERROR and succeeds': (_request, response) => {
    say();
    cell.logError('cannot reach the stock');
    say('afterwards');
    response.send('fine');
  },

  'answer is circular': (_request, response) => void response.json(cell.circular()),
  'answer has a BigInt': (_request, response) => void (say(), response.json({ total: 10n })),
  'handler throws after the first byte': waiting(async (_request, response) => {
    response.write('first');
    await later();
    fail();
  }),
  'stream that is piped by hand breaks': (_request, response) =>
    pipeline(Readable.from(cell.partThenError()), response, () => {}),
  'stream breaks': streamed(cell.partThenError),

  'client leaves, handler succeeds': waiting(async (request, response) => {
    await cell.untilClientLeft(response);
    fine(request, response);
  }),
  'client leaves, handler throws': waiting(async (_request, response) => {
    await cell.untilClientLeft(response);
    fail();
  }),
  'client leaves a stream': streamed(cell.endless),
  'promise that nobody waits for rejects': (_request, response) => (
    cell.rejectLater(),
    response.send('fine')
  ),
  'timer throws': (_request, response) => (cell.throwLater(), response.send('fine')),
};

/** The statuses of the user's error handler; without a status it throws. */
const FILTERED = {
  'filter answers 418': [broke, 418],
  'filter answers 200': [broke, 200],
  'filter answers 503': [broke, 503],
  'filter answers a 404': [exception(404), 404],
  'filter answers a 404 with 503': [exception(404), 503],
  'filter throws': [broke],
  'filter beside a success': [fine],
};
const VETOED = {
  'status 503 is excluded': [broke, 503],
  'status 502 is not excluded': [broke, 502],
};

function mountMiddleware(app, owner) {
  app.use(pathOf(`${owner} middleware throws`), broke);
  app.use(
    pathOf(`${owner} middleware rejects`),
    waiting(async () => (await later(), fail())),
  );
  app.use(pathOf(`${owner} middleware hands an Error on`), (_request, _response, next) => next(broken()));
}

function mountPlain(app) {
  // A router, in place of a Nest module.
  const router = express.Router();
  mountMiddleware(app, 'app');
  mountMiddleware(router, 'module');
  app.use(router);
  app.use(express.json({ limit: 100, strict: false }));
  for (const [name, handle] of Object.entries(PLAIN)) app.all(pathOf(name), handle);
}

function mountFiltered(app, rows) {
  for (const [name, [handle]] of Object.entries(rows)) app.get(pathOf(name), handle);
}

function mountFilter(app, rows) {
  const statuses = new Map(Object.entries(rows).map(([name, [, status]]) => [pathOf(name), status]));
  app.use((_error, request, response, _next) => {
    const status = statuses.get(request.path);
    if (status === undefined) throw new Error('the filter broke');
    response.status(status).send({ by: 'of the user' });
  });
}

const APPS = {
  plain: { mount: mountPlain, finish: () => {} },
  filtered: { mount: (app) => mountFiltered(app, FILTERED), finish: (app) => mountFilter(app, FILTERED) },
  vetoed: {
    mount: (app) => mountFiltered(app, VETOED),
    finish: (app) => mountFilter(app, VETOED),
    options: { excludeStatus: [503] },
  },
};

export async function startExpress(kind) {
  const { mount, finish, options } = APPS[kind];
  const app = express();
  // Express itself prints unhandled Errors on stderr.
  app.set('env', 'test');
  app.use(requestLogs({ target, maxDumpsPerSecond: false, ...options }));
  app.use(cell.arrive);
  mount(app);
  app.use(errorLogs());
  finish(app);
  const server = app.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const close = async () => {
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
  };
  return { url: `http://127.0.0.1:${server.address().port}`, close };
}
