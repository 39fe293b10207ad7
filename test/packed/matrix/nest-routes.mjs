/** The rows of the table in Nest, on both platforms: a handler and its decorators. */
import * as common from '@nestjs/common';
import { LogIfErrors, NoLogIfErrors } from 'nestjs-hindsight';
import { pipeline, Readable } from 'node:stream';
import { concat, defer, delay, interval, map, of, throwError } from 'rxjs';
import * as cell from './cell.mjs';

const { say, fail, broken, later } = cell;

/** Guards, pipes, interceptors and filters are objects, because they need no injection. */
const guard = (canActivate) => common.UseGuards({ canActivate });
const interceptor = (intercept) => common.UseInterceptors({ intercept });

/** A filter for every Error that answers with this status, on both platforms. */
export class Answering {
  constructor(statusFor) {
    this.statusFor = statusFor;
  }

  catch(error, host) {
    const response = host.switchToHttp().getResponse();
    const status = this.statusFor(host.switchToHttp().getRequest().originalUrl);
    if (status === undefined) throw new Error('the filter broke');
    response.status(status).send({ by: 'of the user' });
  }
}
common.Catch()(Answering);

const filter = (status) => common.UseFilters(new Answering(() => status));

const exception = (status) => () => {
  say();
  throw new common.HttpException('it broke', status);
};
const get = (handle, ...decorators) => ({ handle, decorators });
const withResponse = (handle, passthrough = false) => ({ handle, param: common.Res({ passthrough }) });
const withBody = (handle) => ({
  handle,
  param: common.Body(),
  method: common.Post,
  decorators: [common.HttpCode(200)],
});
const withPipe = (transform) => ({ handle: () => 'not reached', param: common.Query('id', { transform }) });
const events = (handle) => ({ handle, method: common.Sse });
const fine = () => (say(), 'fine');
const counted = ({ items }) => (say(), `${items} items`);
const file = (parts) => get(() => new common.StreamableFile(Readable.from(parts(), { objectMode: false })));

export const PLAIN = {
  succeeds: get(fine),
  'succeeds later': get(async () => (await later(), fine())),
  'succeeds by Observable': get(() => defer(() => (say(), of('fine').pipe(delay(2))))),
  'answers a body': withBody(counted),
  'answers a slow body': withBody(counted),
  'writes its answer by hand': withResponse(async (response) => {
    response.hijack?.();
    const raw = response.raw ?? response;
    for await (const part of cell.twoParts()) raw.write(part);
    raw.end();
  }),
  'generates its answer': get(cell.twoParts),
  'sends a file': file(cell.twoParts),
  'sends a stream': get(() => Readable.from(cell.twoParts(), { objectMode: false })),
  'sends events': events(() => of('first', 'second').pipe(map((data) => (say(), { data })))),

  'handler throws': get(() => fail()),
  'handler rejects': get(async () => (await later(), fail())),
  'handler of a slow body throws': withBody(() => fail()),
  'Observable fails': get(() =>
    concat(
      of('first').pipe(delay(2)),
      throwError(() => broken()),
    ),
  ),
  'handler throws text': get(() => {
    say();
    throw 'it broke';
  }),
  'handler throws an object': get(() => {
    say();
    throw { code: 7 };
  }),
  'handler throws undefined': get(() => {
    say();
    throw undefined;
  }),
  'exception with status 500': get(exception(500)),
  'exception with status 503': get(exception(503)),
  'exception with status 404': get(exception(404)),
  'exception with status 418': get(exception(418)),
  'Error with a foreign status 404': get(() => fail({ status: 404 })),
  'Error with a foreign statusCode 404': get(() => fail({ statusCode: 404 })),
  'handler answers 503 by hand': withResponse(
    (response) => void (say(), response.status(503).send('closed')),
  ),
  'handler logs its Error and throws it': get(() => {
    const error = broken();
    cell.logError('no order', error);
    throw error;
  }),
  'handler logs at ERROR and succeeds': get(() => {
    say();
    cell.logError('cannot reach the stock');
    say('afterwards');
    return 'fine';
  }),

  'pipe throws': withPipe(() => fail()),
  'pipe of a method throws': {
    handle: () => 'not reached',
    param: common.Query('id'),
    decorators: [common.UsePipes({ transform: () => fail() })],
  },
  'pipe refuses': withPipe(() => {
    say();
    throw new common.BadRequestException('no number');
  }),
  'interceptor throws before': get(
    fine,
    interceptor(() => fail()),
  ),
  'interceptor throws after': get(
    () => 'thrown away',
    interceptor((_context, next) => next.handle().pipe(map(() => fail()))),
  ),
  'guard throws': get(
    fine,
    guard(() => fail()),
  ),
  'guard refuses': get(
    fine,
    guard(() => (say(), false)),
  ),
  'module middleware throws': get(fine),
  'module middleware rejects': get(fine),
  'module middleware hands an Error on': get(fine),
  'app middleware throws': get(fine),
  'app middleware rejects': get(fine),
  'app middleware hands an Error on': get(fine),
  'body is no JSON': withBody(counted),
  'body is too large': withBody(counted),

  'answer is circular': get(cell.circular),
  'answer has a BigInt': get(() => (say(), { total: 10n })),
  'handler throws after the first byte': withResponse(async (response) => {
    // Tells Fastify that other code answers.
    response.hijack?.();
    (response.raw ?? response).write('first');
    await later();
    fail();
  }, true),
  'stream that is piped by hand breaks': withResponse((response) => {
    response.hijack?.();
    pipeline(Readable.from(cell.partThenError()), response.raw ?? response, () => {});
  }),
  'stream breaks': get(() => Readable.from(cell.partThenError(), { objectMode: false })),
  'file breaks': file(cell.partThenError),
  'generator breaks': get(cell.partThenError),
  'events break': events(() =>
    concat(
      of({ data: 'first' }),
      of({ data: 'second' }).pipe(delay(5)),
      throwError(() => broken()),
    ),
  ),
  // eslint-disable-next-line require-yield -- it throws before its first value
  'generator fails at once': get(async function* () {
    await later();
    fail();
  }),

  'route filter answers 418': get(() => fail(), filter(418)),
  'route filter answers 503': get(() => fail(), filter(503)),
  'route filter throws': get(() => fail(), filter(undefined)),
  'route that keeps out throws': get(() => fail(), NoLogIfErrors()),

  'client leaves, handler succeeds': withResponse(
    async (response) => (await cell.untilClientLeft(response), fine()),
    true,
  ),
  'client leaves, handler throws': withResponse(
    async (response) => (await cell.untilClientLeft(response), fail()),
    true,
  ),
  'client leaves a file': file(cell.endless),
  'client leaves a stream': withResponse((response) => {
    response.hijack?.();
    Readable.from(cell.endless()).pipe(response.raw ?? response);
  }),
  'client leaves events': events(() =>
    interval(5).pipe(
      map((count) => {
        say();
        // After some events, because only the first one sends the status. Once, so that no other client disconnects.
        if (count === 3) cell.progress.emit('at work');
        return { data: String(count) };
      }),
    ),
  ),
  'promise that nobody waits for rejects': get(() => (cell.rejectLater(), 'fine')),
  'timer throws': get(() => (cell.throwLater(), 'fine')),
};

/** Rows with a global filter for every Error. */
export const FILTERED = {
  'filter answers 418': get(() => fail()),
  'filter answers 200': get(() => fail()),
  'filter answers 503': get(() => fail()),
  'filter answers a 404': get(exception(404)),
  'filter answers a 404 with 503': get(exception(404)),
  'filter throws': get(() => fail()),
  'filter beside a success': get(fine),
};

/** Rows with a global filter and `excludeStatus: [503]`. */
export const VETOED = {
  'status 503 is excluded': get(() => fail()),
  'status 502 is not excluded': get(() => fail()),
};

/** Rows with `routes: 'decorated'`. */
export const DECORATED = {
  'decorated route throws': get(() => fail(), LogIfErrors()),
  'decorated route succeeds': get(fine, LogIfErrors()),
  'undecorated route throws': get(() => fail()),
  'undecorated route answers 503': get(exception(503)),
};
