/** Every way in which a request to Express can fail: what the client gets, and what the target gets, in order. */
import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { pipeline, Readable } from 'node:stream';
import type { Express, NextFunction, Request, Response } from 'express';
import createError from 'http-errors';
import { describe, expect, it } from 'vitest';
import { VERSIONS } from './express-versions';
import { Trial, type TrialOptions } from './trial';

interface Answer {
  readonly status: number;
  readonly text: string;
}

interface FailureCase extends TrialOptions {
  readonly title: string;
  /** Sends the request. @defaultValue GET /case */
  readonly send?: (trial: Trial) => Promise<Answer>;
  readonly status: number;
  /** A part of the body that the client gets. */
  readonly text?: string;
  readonly target: readonly string[];
  /** The reason of the dump. @defaultValue 'error' if there is one */
  readonly reason?: string;
}

/** Status 0 means an incomplete answer, -1 no answer. */
const CUT = 0;

async function send(trial: Trial, path = '/case', init: RequestInit = {}): Promise<Answer> {
  const response = await fetch(trial.url + path, init);
  try {
    return { status: response.status, text: await response.text() };
  } catch {
    // The connection broke in the middle of the body.
    return { status: CUT, text: '' };
  }
}

function postJson(body: string): (trial: Trial) => Promise<Answer> {
  return (trial) =>
    send(trial, '/case', { method: 'POST', body, headers: { 'content-type': 'application/json' } });
}

/** The client disconnects when the handler runs. The handler continues when the server has noticed that. */
function abandoned(then: (response: Response) => void): Pick<FailureCase, 'routes' | 'send'> {
  let arrived = (): void => {};
  return {
    routes(app, trial) {
      app.get(
        '/case',
        trial.express.waitsFor(async (_request, response) => {
          trial.logRecords();
          const closed = once(response, 'close');
          arrived();
          await closed;
          // The scope must still be open: the handler is not done.
          await new Promise((resolve) => setImmediate(resolve));
          trial.log.debug('gone');
          then(response);
        }),
      );
    },
    async send(trial) {
      const inHandler = new Promise<void>((resolve) => {
        arrived = resolve;
      });
      const request = httpRequest(`${trial.url}/case`).on('error', () => {
        // The disconnection is an error for the client itself.
      });
      request.end();
      await inHandler;
      request.destroy();
      return { status: -1, text: '' };
    },
  };
}

/** A handler that logs its records and then does this. */
function route(
  act: (request: Request, response: Response, next: NextFunction) => unknown,
): FailureCase['routes'] {
  return (app, trial) =>
    app.all('/case', (request, response, next) => {
      trial.logRecords();
      act(request, response, next);
    });
}

const HELD = ['* DEBUG before', '* DEBUG after'];
const failed = (error: string, status: number | string = 500): string[] => [
  'INFO now',
  ...HELD,
  `ERROR GET /case failed: ${error}`,
  `ERROR GET /case ${status}`,
];

/** Of all dumped records, each once. */
function reasons({ seen }: Trial): string[] {
  return [...new Set(seen.records.flatMap(({ hindsight }) => hindsight?.reason ?? []))];
}

const circular: Record<string, unknown> = {};
circular['self'] = circular;

function refuse(app: Express, status: number): void {
  app.use((_error: unknown, _request: Request, response: Response, _next: NextFunction) => {
    response.status(status).send('of the user');
  });
}

const CASES: readonly FailureCase[] = [
  {
    title: 'a handler throws',
    routes: route(() => {
      throw new Error('refused');
    }),
    status: 500,
    target: failed('refused'),
  },
  {
    title: 'an asynchronous handler rejects',
    routes: (app, trial) =>
      app.get(
        '/case',
        trial.express.waitsFor(async () => {
          trial.logRecords();
          await new Promise((resolve) => setImmediate(resolve));
          throw new Error('refused later');
        }),
      ),
    status: 500,
    target: failed('refused later'),
  },
  {
    title: 'a handler hands an Error to next()',
    routes: route((_request, _response, next) => next(new Error('handed on'))),
    status: 500,
    target: failed('handed on'),
  },
  {
    title: 'a handler throws text',
    routes: route(() => {
      // oxlint-disable-next-line typescript/only-throw-error -- some libraries do this
      throw 'just text';
    }),
    status: 500,
    target: failed('"just text"'),
  },
  {
    title: 'a handler throws an object',
    routes: route(() => {
      // oxlint-disable-next-line typescript/only-throw-error -- some libraries do this
      throw { code: 7 };
    }),
    status: 500,
    target: failed('{"code":7}'),
  },
  {
    title: 'a middleware throws',
    routes: (app, trial) =>
      app.use(() => {
        trial.logRecords();
        throw new Error('in a middleware');
      }),
    status: 500,
    target: failed('in a middleware'),
  },
  {
    title: 'an asynchronous middleware rejects',
    routes: (app, trial) =>
      app.use(
        trial.express.waitsFor(async () => {
          trial.logRecords();
          await new Promise((resolve) => setImmediate(resolve));
          throw new Error('in a middleware');
        }),
      ),
    status: 500,
    target: failed('in a middleware'),
  },
  {
    title: 'a middleware hands an Error to next() from a callback',
    routes: (app, trial) =>
      app.use((_request, _response, next) => {
        trial.logRecords();
        setImmediate(() => next(new Error('in a callback')));
      }),
    status: 500,
    target: failed('in a callback'),
  },
  {
    title: 'a foreign Error bears the status 404, and Express answers with it',
    routes: route((_request, _response, next) =>
      next(Object.assign(new Error('no such order upstream'), { status: 404 })),
    ),
    status: 404,
    target: [...failed('no such order upstream').slice(0, -1), 'WARNING GET /case 404'],
  },
  {
    title: 'a foreign Error bears the statusCode 403, and an error handler hands it on to Express',
    routes: route(() => {
      throw Object.assign(new Error('forbidden upstream'), { statusCode: 403 });
    }),
    errorHandlers: (app) =>
      app.use((error: unknown, _request: Request, _response: Response, next: NextFunction) => next(error)),
    status: 403,
    target: [...failed('forbidden upstream').slice(0, -1), 'WARNING GET /case 403'],
  },
  {
    title: 'the path cannot be decoded',
    routes: (app, trial) => {
      app.use((_request, _response, next) => {
        trial.logRecords();
        next();
      });
      app.get('/orders/:id', (_request, response) => response.send('found'));
    },
    send: (trial) => send(trial, '/orders/%E0%A4%A'),
    status: 400,
    target: ['INFO now', 'WARNING GET /orders/%E0%A4%A 400'],
  },
  {
    title: 'http-errors 403',
    routes: route(() => {
      throw createError(403);
    }),
    status: 403,
    target: ['INFO now', 'WARNING GET /case 403'],
  },
  {
    title: 'http-errors 503',
    routes: route(() => {
      throw createError(503, 'bank closed');
    }),
    status: 503,
    target: failed('bank closed', 503),
  },
  {
    title: 'a malformed body',
    routes: (app, trial) => {
      app.use((_request, _response, next) => {
        trial.logRecords();
        next();
      });
      app.use(trial.express.express.json());
    },
    send: postJson('{"broken'),
    status: 400,
    target: ['INFO now', 'WARNING POST /case 400'],
  },
  {
    title: 'a body that is too large',
    routes: (app, trial) => {
      app.use((_request, _response, next) => {
        trial.logRecords();
        next();
      });
      app.use(trial.express.express.json({ limit: 10 }));
    },
    send: postJson(JSON.stringify({ a: 'x'.repeat(100) })),
    status: 413,
    target: ['INFO now', 'WARNING POST /case 413'],
  },
  {
    title: 'no route matches',
    routes: (app, trial) =>
      app.use((_request, _response, next) => {
        trial.logRecords();
        next();
      }),
    status: 404,
    target: ['INFO now', 'WARNING GET /case 404'],
  },
  {
    title: 'a handler answers 503 by hand',
    routes: route((_request, response) => response.status(503).send('closed')),
    status: 503,
    text: 'closed',
    reason: 'status 503',
    target: ['INFO now', ...HELD, 'ERROR GET /case 503'],
  },
  {
    title: 'a circular response',
    routes: route((_request, response) => response.json(circular)),
    status: 500,
    target: failed('Converting circular structure to JSON'),
  },
  {
    title: 'a BigInt in the response',
    routes: route((_request, response) => response.json({ id: 1n })),
    status: 500,
    target: failed('Do not know how to serialize a BigInt'),
  },
  {
    title: 'an Error after the first byte',
    routes: route((_request, response) => {
      response.write('first');
      throw new Error('too late');
    }),
    status: CUT,
    target: failed('too late', 'aborted'),
  },
  {
    title: 'a stream that breaks',
    routes: route((_request, response, next) => {
      const stream = Readable.from(
        (function* () {
          yield 'first';
          throw new Error('disk gone');
        })(),
      );
      pipeline(stream, response, (error) => {
        if (error) next(error);
      });
    }),
    status: CUT,
    target: failed('disk gone', 'aborted'),
  },
  {
    title: 'an Error after the answer',
    routes: route((_request, response) => {
      response.send('ok');
      throw new Error('afterwards');
    }),
    status: 200,
    target: failed('afterwards', 200),
  },
  {
    title: 'the client leaves and the handler succeeds',
    ...abandoned((response) => response.send('nobody reads this')),
    status: -1,
    target: ['INFO now', 'WARNING GET /case aborted'],
  },
  {
    title: 'the client leaves and the handler succeeds, with onAbort: dump',
    ...abandoned((response) => response.send('nobody reads this')),
    options: { onAbort: 'dump' },
    status: -1,
    reason: 'aborted',
    target: ['INFO now', ...HELD, '* DEBUG gone', 'WARNING GET /case aborted'],
  },
  {
    title: 'the client leaves and the handler throws',
    ...abandoned(() => {
      throw new Error('after the client left');
    }),
    status: -1,
    target: [
      'INFO now',
      ...HELD,
      '* DEBUG gone',
      'ERROR GET /case failed: after the client left',
      'ERROR GET /case aborted',
    ],
  },
  {
    title: "the user's error handler answers 418 to an Error",
    routes: route(() => {
      throw new Error('refused');
    }),
    errorHandlers: (app) => refuse(app, 418),
    status: 418,
    text: 'of the user',
    target: ['INFO now', 'WARNING GET /case 418'],
  },
  {
    title: "the user's error handler answers 404 to a foreign Error, after a while",
    routes: route(() => {
      throw Object.assign(new Error('no such order upstream'), { status: 404 });
    }),
    errorHandlers: (app) =>
      app.use((error: { status: number }, _request: Request, response: Response, _next: NextFunction) => {
        setImmediate(() => response.status(error.status).send('of the user'));
      }),
    status: 404,
    text: 'of the user',
    target: ['INFO now', 'WARNING GET /case 404'],
  },
  {
    title: "the user's error handler answers 418, and flushOn says that each Error is a failure",
    routes: route(() => {
      throw new Error('refused');
    }),
    errorHandlers: (app) => refuse(app, 418),
    options: { flushOn: ({ status = 500, error }) => status >= 500 || error !== undefined },
    status: 418,
    target: [...failed('refused').slice(0, -1), 'WARNING GET /case 418'],
  },
  {
    title: "the user's error handler logs at ERROR and answers 418",
    routes: route(() => {
      throw new Error('refused');
    }),
    errorHandlers: (app, trial) =>
      app.use((error: unknown, _request: Request, response: Response, _next: NextFunction) => {
        trial.log.error('payment', error);
        response.status(418).send('of the user');
      }),
    status: 418,
    target: ['INFO now', ...HELD, 'ERROR payment: refused', 'WARNING GET /case 418'],
  },
  {
    title: "the user's error handler answers 200 in spite of the Error",
    routes: route(() => {
      throw new Error('refused');
    }),
    errorHandlers: (app) => refuse(app, 200),
    status: 200,
    target: failed('refused', 200),
  },
  {
    title: "the user's error handler redirects in spite of the Error",
    routes: route(() => {
      throw new Error('refused');
    }),
    errorHandlers: (app) => refuse(app, 304),
    status: 304,
    target: failed('refused', 304),
  },
  {
    title: "the user's error handler begins a 404 and cuts it",
    routes: route(() => {
      throw new Error('refused');
    }),
    errorHandlers: (app) =>
      app.use((_error: unknown, _request: Request, response: Response, _next: NextFunction) => {
        response.status(404).write('not');
        setImmediate(() => response.destroy());
      }),
    status: CUT,
    target: failed('refused', 'aborted'),
  },
  {
    title: "the user's error handler answers 503, which is excluded",
    routes: route(() => {
      throw new Error('refused');
    }),
    errorHandlers: (app) => refuse(app, 503),
    options: { excludeStatus: [503] },
    status: 503,
    target: ['INFO now', 'ERROR GET /case 503'],
  },
  {
    title: "the user's error handler answers 503 to a client error",
    routes: route(() => {
      throw createError(404, 'no such order');
    }),
    errorHandlers: (app) => refuse(app, 503),
    status: 503,
    target: failed('no such order', 503),
  },
  {
    title: "the user's error handler throws",
    routes: route(() => {
      throw new Error('the first');
    }),
    errorHandlers: (app) =>
      app.use((_error: unknown, _request: Request, _response: Response, _next: NextFunction) => {
        throw new Error('the second');
      }),
    status: 500,
    text: 'the second',
    target: failed('the first'),
  },
  {
    title: 'no error middleware is mounted',
    routes: route(() => {
      throw new Error('not seen');
    }),
    mountsErrorLogs: false,
    status: 500,
    reason: 'status 500',
    target: ['INFO now', ...HELD, 'ERROR GET /case 500'],
  },
  {
    title: 'the handler logs its Error and throws it',
    routes: (app, trial) =>
      app.get('/case', () => {
        trial.logRecords();
        const error = new Error('refused');
        trial.log.error('payment', error);
        trial.log.debug('after the dump');
        throw error;
      }),
    status: 500,
    target: ['INFO now', ...HELD, 'ERROR payment: refused', 'DEBUG after the dump', 'ERROR GET /case 500'],
  },
  {
    title: 'the handler logs at ERROR and answers 200',
    routes: (app, trial) =>
      app.get('/case', (_request, response) => {
        trial.logRecords();
        trial.log.error('stock is off by one');
        response.send('ok');
      }),
    status: 200,
    reason: 'level ERROR',
    target: ['INFO now', ...HELD, 'ERROR stock is off by one', 'INFO GET /case 200'],
  },
  {
    title: 'a router below a router throws',
    routes: (app, trial) => {
      const orders = trial.express.express.Router();
      const api = trial.express.express.Router();
      orders.get('/:id', () => {
        trial.logRecords();
        throw new Error('refused');
      });
      api.use('/orders', orders);
      app.use('/api', api);
    },
    send: (trial) => send(trial, '/api/orders/13?token=secret'),
    status: 500,
    target: ['INFO now', ...HELD, 'ERROR GET /api/orders/13 failed: refused', 'ERROR GET /api/orders/13 500'],
  },
  {
    title: 'nothing fails',
    routes: route((_request, response) => response.send('ok')),
    status: 200,
    text: 'ok',
    target: ['INFO now', 'INFO GET /case 200'],
  },
];

describe.each(VERSIONS)('$name: when', (version) => {
  it.each(CASES)('$title, client and target get this', async (testCase) => {
    const trial = await Trial.start(version, testCase);

    const answer = await (testCase.send ?? send)(trial);
    await trial.settled();

    expect(answer.status).toBe(testCase.status);
    expect(answer.text).toContain(testCase.text ?? '');
    // V8 describes a circular structure on more lines.
    expect(trial.lines.map((text) => text.split('\n')[0])).toEqual(testCase.target);
    expect(reasons(trial)).toEqual(
      testCase.target.some((text) => text.startsWith('*')) ? [testCase.reason ?? 'error'] : [],
    );
  });

  it('prints the Error with its stack and all its causes', async () => {
    const trial = await Trial.start(version, {
      routes: route(() => {
        throw new Error('order failed', {
          cause: new AggregateError([new Error('bank refused')], 'no bank'),
        });
      }),
    });

    await send(trial);
    await trial.settled();

    const text = trial.seen.records.map((record) => trial.seen.format(record)).join('\n');
    expect(text.match(/Error: order failed\n {4}at /g)).toHaveLength(1);
    expect(text).toMatch(/\n {4}\[cause\]: AggregateError: no bank\n {4}at /);
    expect(text).toMatch(/\n {4}\[errors 0\]: Error: bank refused\n {4}at /);
  });

  it('numbers all records of the request, written at once or held, in the order of the calls', async () => {
    const trial = await Trial.start(version, {
      routes: route((_request, response) => response.sendStatus(500)),
    });

    await send(trial);
    await trial.settled();

    expect(
      trial.seen.records.map((record) => [record.getMessage().replace(/ \d+ ms/, ''), record.seq]),
    ).toEqual([
      ['now', 2],
      ['before', 1],
      ['after', 3],
      ['GET /case 500', 4],
    ]);
  });
});
