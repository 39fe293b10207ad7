/** What a handler can do with a message, for every transport: each case is one handler and says what it is given besides. */
import * as common from '@nestjs/common';
import { LogIfErrors, NoLogIfErrors } from 'nestjs-hindsight';
import { concat, delay, of, retry, throwError, timeout } from 'rxjs';

const log = new common.Logger('Orders');

export class OddError extends Error {}

function fail(message = 'no stock') {
  throw new Error(message);
}

/** Guards, pipes and interceptors are objects: they need nothing injected. */
const guard = (canActivate) => common.UseGuards({ canActivate });
const interceptor = (intercept) => common.UseInterceptors({ intercept });
const pipe = (transform) => ({ transform });

function read(what = 'reading') {
  log.debug(what);
}

/**
 * @param kit - what the transport brings: `Refusal`, its own exception, and `refusal(status)`, one that tells of a status
 */
export function cases(kit) {
  let attempts = 0;
  return {
    succeeds: {
      handle: async () => {
        read();
        await new Promise((resolve) => setTimeout(resolve, 5));
        read('still reading');
        return 'found';
      },
    },
    streams: { handle: () => (read(), of('one', 'two').pipe(delay(5))) },
    throws: { handle: () => (read(), fail()) },
    rejects: {
      handle: async () => {
        read();
        await new Promise((resolve) => setTimeout(resolve, 5));
        fail();
      },
    },
    throwsText: {
      handle: () => {
        read();
        throw 'no stock';
      },
    },
    observableFails: {
      handle: () => {
        read();
        return concat(
          of('one').pipe(delay(5)),
          throwError(() => new Error('no stock')),
        );
      },
    },
    throwsBehindInterceptor: {
      decorators: [interceptor((_context, next) => (read('before'), next.handle()))],
      handle: () => (read(), fail()),
    },
    timesOut: {
      decorators: [interceptor((_context, next) => next.handle().pipe(timeout(20)))],
      handle: () => (read(), new Promise(() => {})),
    },
    retries: {
      decorators: [interceptor((_context, next) => next.handle().pipe(retry(2)))],
      handle: () => (read(), fail()),
    },
    retriesAndSucceeds: {
      decorators: [interceptor((_context, next) => next.handle().pipe(retry(2)))],
      handle: () => {
        read();
        attempts += 1;
        return attempts % 3 === 0 ? 'found' : fail();
      },
    },
    interceptorThrows: { decorators: [interceptor(() => (read(), fail()))], handle: () => 'not reached' },
    guardThrows: { decorators: [guard(() => (read(), fail()))], handle: () => 'not reached' },
    guardRefuses: { decorators: [guard(() => (read(), false))], handle: () => 'not reached' },
    pipeThrows: { pipe: pipe(() => (read(), fail())), handle: () => 'not reached' },
    pipeRefuses: {
      pipe: pipe(() => {
        read();
        throw new common.BadRequestException('not a number');
      }),
      handle: () => 'not reached',
    },
    notFound: {
      handle: () => {
        read();
        throw new common.NotFoundException();
      },
    },
    unavailable: {
      handle: () => {
        read();
        throw new common.ServiceUnavailableException('try later');
      },
    },
    refuses: {
      handle: () => {
        read();
        throw kit.refusal(undefined, 'not yours');
      },
    },
    refusesFor503: {
      handle: () => {
        read();
        throw kit.refusal(503, 'try later');
      },
    },
    filterAnswers: {
      decorators: [common.UseFilters(kit.filter)],
      handle: () => {
        read();
        throw new OddError('odd one');
      },
    },
    logsAnError: {
      handle: () => {
        read();
        log.error('cannot reach the stock');
        read('afterwards');
        return 'found';
      },
    },
    keptApart: { decorators: [NoLogIfErrors()], handle: () => (read(), fail()) },
    ownOptions: {
      decorators: [LogIfErrors({ capacity: 1 })],
      handle: () => (read('one'), read('two'), read('three'), fail()),
    },
    ...kit.cases?.({ read, fail }),
  };
}

/** Cases of classes that are decorated as a whole. */
const CLASSES = {
  classOwnOptions: LogIfErrors({ capacity: 1 }),
  classKeptApart: NoLogIfErrors(),
};

/** One class for each of them, with one handler of the class's name. */
export function decoratedClasses(kit) {
  return Object.entries(CLASSES).map(([name, decorator]) => {
    const handle = () => (read('one'), read('two'), read('three'), fail());
    const Decorated = handlersOf(kit, { [name]: { handle } });
    decorator(Decorated);
    return Decorated;
  });
}

/** A class that cannot be instantiated; where it is request-scoped, a message finds out. */
export function brokenClass(kit, name) {
  const Orders = handlersOf(kit, { [name]: { handle: () => 'not reached' } });
  return class Broken extends Orders {
    constructor() {
      super();
      read();
      fail();
    }
  };
}

/** The names of all cases. */
export function namesOf(kit) {
  return [...Object.keys(cases(kit)), ...Object.keys(CLASSES)];
}

export function decorate(target, key, decorators) {
  const descriptor = Object.getOwnPropertyDescriptor(target, key);
  for (const decorator of decorators) decorator(target, key, descriptor);
  Object.defineProperty(target, key, descriptor);
}

/** A class with one handler for each case. */
export function handlersOf(kit, table = cases(kit)) {
  class Orders {}
  for (const [name, { handle, pipe, decorators = [] }] of Object.entries(table)) {
    Object.defineProperty(Orders.prototype, name, {
      value: { [name]: (data) => handle(data) }[name],
      configurable: true,
      writable: true,
    });
    kit.payload(...(pipe === undefined ? [] : [pipe]))(Orders.prototype, name, 0);
    decorate(Orders.prototype, name, [kit.listen(name), ...decorators]);
  }
  return Orders;
}
