/** What every handler promises, as named cases for any test runner. */
import { deepStrictEqual, ok, strictEqual } from 'node:assert/strict';
import { setImmediate as nextTurn, setTimeout as wait } from 'node:timers/promises';
import type { Handler, HandlerOptions } from '../core/handler';
import { ERROR, INFO } from '../core/level';
import type { LogRecord } from '../core/log-record';
import { Manager } from '../core/manager';
import { getHandlerByName } from '../core/open-handlers';
import { makeLogRecord } from '../core/record-factory';
import { checkedOptions, type OptionNames } from '../internal/options';

/** How the contract makes a handler and reads what it delivered. */
export interface HandlerContractSubject<H extends Handler = Handler> {
  /** A handler with these options and a destination that is empty. */
  create(options: HandlerOptions): H | Promise<H>;
  /**
   * The messages that have arrived, oldest first; each text must contain the message. Called again until all are there.
   * Leave it out for a handler that delivers nothing.
   */
  readonly read?: (handler: H) => readonly string[] | Promise<readonly string[]>;
  /** Closes the destination. Called after each case, when the handler has been closed. */
  readonly cleanUp?: (handler: H) => void | Promise<void>;
  /** The handler delivers what its formatter returns. @defaultValue true when there is `read` */
  readonly usesFormatter?: boolean;
  /** How long `read` is asked for what must arrive, in ms. @defaultValue 5000 */
  readonly timeoutMs?: number;
}

const SUBJECT = {
  create: true,
  read: true,
  cleanUp: true,
  usesFormatter: true,
  timeoutMs: true,
} as const satisfies OptionNames<HandlerContractSubject>;

/** One promise of the contract. */
export interface HandlerContractCase {
  readonly title: string;
  run(): Promise<void>;
}

/** A handler under test, with the failures it was told of. */
interface Trial<H extends Handler> {
  readonly handler: H;
  readonly failures: unknown[];
  readonly arrived: (messages: readonly string[]) => Promise<void>;
}

type Check = <H extends Handler>(trial: Trial<H>) => void | Promise<void>;

/** Pause between two looks at something that must come true, in ms. */
const POLL_MS = 5;
const TIMEOUT_MS = 5000;
/** Handlers made by the leak case, and how many timers a test runner may start or stop meanwhile. */
const LEAK_ROUNDS = 6;
const RUNNER_TIMERS = 2;
/** Resources of Node itself that come and go with file work and say nothing about a handler. */
const TRANSIENT: ReadonlySet<string> = new Set([
  'FSReqCallback',
  'FSReqPromise',
  'GetAddrInfoReqWrap',
  'CloseReq',
]);

function record(msg: string, levelno = INFO): LogRecord {
  return makeLogRecord({ name: 'contract', levelno, msg });
}

async function eventually(check: () => void | Promise<void>, timeoutMs: number): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() >= deadline) throw error;
    }
    await wait(POLL_MS);
  }
}

/** Each text contains its message, in order; a text may hold more, such as a time. */
function matches(texts: readonly string[], messages: readonly string[]): void {
  strictEqual(
    texts.length,
    messages.length,
    `expected ${messages.length} messages, got ${JSON.stringify(texts)}`,
  );
  for (const [at, message] of messages.entries()) {
    ok(texts[at]?.includes(message), `expected "${message}" at ${at}, got "${texts[at]}"`);
  }
}

/** Counts by type what keeps the process alive now. */
async function activeResources(): Promise<Record<string, number>> {
  // Within a timer's callback that timer counts as active.
  await nextTurn();
  const counts: Record<string, number> = {};
  for (const type of process.getActiveResourcesInfo()) {
    if (!TRANSIENT.has(type)) counts[type] = (counts[type] ?? 0) + 1;
  }
  return counts;
}

/** A leak of each handler shows as LEAK_ROUNDS more, give or take the runner's own. */
async function assertNoLeak(before: Readonly<Record<string, number>>): Promise<void> {
  for (const [type, count] of Object.entries(await activeResources())) {
    const more = count - (before[type] ?? 0);
    ok(more <= RUNNER_TIMERS, `${type}: ${more} more after ${LEAK_ROUNDS} handlers were closed`);
  }
}

function failingMessage(): string {
  throw new Error('no message');
}

/** Always applicable. */
const PROMISES: Readonly<Record<string, Check>> = {
  'drops what its filters drop': async ({ handler, arrived }) => {
    handler.addFilter((candidate) => candidate.getMessage() !== 'unwanted');
    strictEqual(handler.handle(record('unwanted')), false);
    handler.handle(record('wanted'));
    await arrived(['wanted']);
  },
  'gets from a logger only records at or above its level': async ({ handler, arrived }) => {
    const logger = new Manager().getLogger('contract');
    logger.setLevel(INFO);
    logger.addHandler(handler);
    handler.setLevel('ERROR');
    strictEqual(handler.level, ERROR);
    logger.info('below');
    logger.error('at the level');
    await arrived(['at the level']);
  },
  'keeps the order of records': async ({ handler, arrived }) => {
    const messages = Array.from({ length: 100 }, (_, at) => `message ${at}.`);
    for (const message of messages) handler.handle(record(message));
    await arrived(messages);
  },
  'does not throw at a record that cannot be rendered': async ({ handler }) => {
    const args = [{ toString: failingMessage }];
    handler.handle(makeLogRecord({ name: 'contract', levelno: INFO, msg: failingMessage }));
    handler.handle(makeLogRecord({ name: 'contract', levelno: INFO, msg: '%s', args }));
    await handler.flush();
  },
  'closes twice without complaint': async ({ handler }) => {
    handler.handle(record('last words'));
    await handler.close();
    await handler.close();
    strictEqual(handler.closed, true);
  },
  'delivers at close what it still holds': async ({ handler, arrived }) => {
    handler.handle(record('last words'));
    await handler.close();
    await arrived(['last words']);
  },
  'allows a flush after close': async ({ handler }) => {
    await handler.close();
    await handler.flush();
    handler.flushSync();
  },
  'does not throw at a record after close': async ({ handler }) => {
    await handler.close();
    handler.handle(record('too late'));
    await handler.flush();
    await handler.close();
  },
  'is found by its name until it is closed': async ({ handler }) => {
    handler.name = 'contract handler';
    strictEqual(getHandlerByName('contract handler'), handler);
    handler.name = 'contract handler renamed';
    strictEqual(getHandlerByName('contract handler'), undefined);
    await handler.close();
    strictEqual(getHandlerByName('contract handler renamed'), undefined);
  },
};

/** For handlers that hand records to their formatter. */
const FORMATTING: Readonly<Record<string, Check>> = {
  'is told when formatting fails, and goes on': async ({ handler, failures, arrived }) => {
    const failure = new Error('formatter failed');
    handler.setFormatter({
      format(candidate) {
        if (candidate.getMessage() === 'bad') throw failure;
        return candidate.getMessage();
      },
    });
    handler.handle(record('bad'));
    handler.handle(record('good'));
    await arrived(['good']);
    deepStrictEqual(failures, [failure]);
  },
  'survives a record that is logged while it writes': async ({ handler, arrived }) => {
    let entered = 0;
    handler.setFormatter({
      format(candidate) {
        if (entered++ < 3) handler.handle(record('from inside'));
        return candidate.getMessage();
      },
    });
    handler.handle(record('from outside'));
    await handler.flush();
    handler.setFormatter(undefined);
    ok(entered >= 1 && entered <= 4, `the formatter was entered ${entered} times`);
    handler.handle(record('afterwards'));
    await arrived(
      entered === 1 ? ['from outside', 'afterwards'] : Array.from({ length: entered + 1 }, () => ''),
    );
  },
};

async function runCase<H extends Handler>(subject: HandlerContractSubject<H>, check: Check): Promise<void> {
  const handler = await subject.create({});
  const failures: unknown[] = [];
  handler.handleError = (_record, error) => void failures.push(error);
  const arrived = async (messages: readonly string[]): Promise<void> => {
    await handler.flush();
    const read = subject.read;
    if (read === undefined) return;
    await eventually(async () => matches(await read(handler), messages), subject.timeoutMs ?? TIMEOUT_MS);
  };
  try {
    await check({ handler, failures, arrived });
  } finally {
    await handler.close();
    await subject.cleanUp?.(handler);
  }
}

async function useOnce<H extends Handler>(subject: HandlerContractSubject<H>): Promise<void> {
  const handler = await subject.create({});
  handler.handleError = () => {};
  try {
    handler.handle(record('one'));
    handler.handle(record('two'));
    await handler.flush();
  } finally {
    await handler.close();
    await subject.cleanUp?.(handler);
  }
}

async function runLeakCase<H extends Handler>(subject: HandlerContractSubject<H>): Promise<void> {
  const before = await activeResources();
  for (let round = 0; round < LEAK_ROUNDS; round++) await useOnce(subject);
  await eventually(() => assertNoLeak(before), subject.timeoutMs ?? TIMEOUT_MS);
}

/**
 * The promises of a handler as cases: `for (const c of handlerContract('MyHandler', subject)) it(c.title, c.run)`.
 * A broken promise rejects with an AssertionError. Each case makes its own handler and closes it.
 */
export function handlerContract<H extends Handler>(
  name: string,
  subject: HandlerContractSubject<H>,
): readonly HandlerContractCase[] {
  subject = checkedOptions('handlerContract', subject, SUBJECT);
  const usesFormatter = subject.usesFormatter ?? subject.read !== undefined;
  const checks = Object.entries(usesFormatter ? { ...PROMISES, ...FORMATTING } : PROMISES);
  const cases = checks
    .filter(([title]) => subject.read !== undefined || title !== 'drops what its filters drop')
    .map(([title, check]) => ({ title: `${name} ${title}`, run: () => runCase(subject, check) }));
  return [
    ...cases,
    { title: `${name} leaves nothing open that keeps the process alive`, run: () => runLeakCase(subject) },
  ];
}
