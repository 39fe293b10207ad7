/** The rules that every handler must follow, as named test cases for any test runner. */
import { deepStrictEqual, ok, strictEqual } from 'node:assert/strict';
import { setImmediate as nextTurn, setTimeout as wait } from 'node:timers/promises';
import { getHandlerByName, type Handler, type HandlerOptions } from '../core/handler';
import { ERROR, INFO } from '../core/level';
import type { LogRecord } from '../core/log-record';
import { Manager } from '../core/manager';
import { makeLogRecord } from '../core/record-factory';
import { checkedOptions, type OptionNames } from '../internal/options';

/** How the contract creates a handler and reads what it has delivered. */
export interface HandlerContractSubject<H extends Handler = Handler> {
  /** Creates a handler with these options and an empty destination. */
  create(options: HandlerOptions): H | Promise<H>;
  /**
   * Returns the messages that have arrived, oldest first. Each text must contain the message. Called repeatedly until all
   * have arrived. Omit it for a handler that delivers nothing.
   */
  readonly read?: (handler: H) => readonly string[] | Promise<readonly string[]>;
  /** Closes the destination. Called after each case, when the handler is closed. */
  readonly cleanUp?: (handler: H) => void | Promise<void>;
  /** Whether the handler delivers what its formatter returns. @defaultValue true if there is `read` */
  readonly usesFormatter?: boolean;
  /** How long the messages may take to arrive, in ms. @defaultValue 5000 */
  readonly timeoutMs?: number;
}

const SUBJECT = {
  create: true,
  read: true,
  cleanUp: true,
  usesFormatter: true,
  timeoutMs: true,
} as const satisfies OptionNames<HandlerContractSubject>;

/** One rule of the contract. */
export interface HandlerContractCase {
  readonly title: string;
  run(): Promise<void>;
}

/** A handler under test, with the errors that `handleError` was called with. */
interface Trial<H extends Handler> {
  readonly handler: H;
  readonly failures: unknown[];
  readonly arrived: (messages: readonly string[]) => Promise<void>;
}

type Check = <H extends Handler>(trial: Trial<H>) => void | Promise<void>;

/** Pause between two checks of a condition, in ms. */
const POLL_MS = 5;
const TIMEOUT_MS = 5000;
/** How many handlers the leak case creates, and how many timers a test runner may start or stop meanwhile. */
const LEAK_ROUNDS = 6;
const RUNNER_TIMERS = 2;
/** Short-lived resources of Node's own file and network operations. They say nothing about a handler. */
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

/** Each text contains its message, in order. A text may contain more, such as a time. */
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

/** Counts by type the resources that keep the process alive. */
async function activeResources(): Promise<Record<string, number>> {
  // A timer still counts as active during its own callback.
  await nextTurn();
  const counts: Record<string, number> = {};
  for (const type of process.getActiveResourcesInfo()) {
    if (!TRANSIENT.has(type)) counts[type] = (counts[type] ?? 0) + 1;
  }
  return counts;
}

/** If each handler leaks one resource, there are LEAK_ROUNDS more; the runner's own timers may change the count. */
async function assertNoLeak(before: Readonly<Record<string, number>>): Promise<void> {
  for (const [type, count] of Object.entries(await activeResources())) {
    const more = count - (before[type] ?? 0);
    ok(more <= RUNNER_TIMERS, `${type}: ${more} more after ${LEAK_ROUNDS} handlers were closed`);
  }
}

function failingMessage(): string {
  throw new Error('no message');
}

/** For every handler. */
const RULES: Readonly<Record<string, Check>> = {
  'drops records that its filters reject': async ({ handler, arrived }) => {
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
  'does not throw for a record whose message cannot be formatted': async ({ handler }) => {
    const args = [{ toString: failingMessage }];
    handler.handle(makeLogRecord({ name: 'contract', levelno: INFO, msg: failingMessage }));
    handler.handle(makeLogRecord({ name: 'contract', levelno: INFO, msg: '%s', args }));
    await handler.flush();
  },
  'can be closed twice': async ({ handler }) => {
    handler.handle(record('last words'));
    await handler.close();
    await handler.close();
    strictEqual(handler.closed, true);
  },
  'delivers buffered records when it is closed': async ({ handler, arrived }) => {
    handler.handle(record('last words'));
    await handler.close();
    await arrived(['last words']);
  },
  'can be flushed after it is closed': async ({ handler }) => {
    await handler.close();
    await handler.flush();
    handler.flushSync();
  },
  'does not throw for a record after it is closed': async ({ handler }) => {
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

/** For handlers that use their formatter. */
const FORMATTING: Readonly<Record<string, Check>> = {
  'calls handleError if formatting fails, and continues': async ({ handler, failures, arrived }) => {
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
  'handles a record that is logged while it formats another one': async ({ handler, arrived }) => {
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
 * Returns the rules as test cases: `for (const c of handlerContract('MyHandler', subject)) it(c.title, c.run)`.
 * A case rejects with an AssertionError if the rule is broken. Each case creates its own handler and closes it.
 */
export function handlerContract<H extends Handler>(
  name: string,
  subject: HandlerContractSubject<H>,
): readonly HandlerContractCase[] {
  subject = checkedOptions('handlerContract', subject, SUBJECT);
  const usesFormatter = subject.usesFormatter ?? subject.read !== undefined;
  const checks = Object.entries(usesFormatter ? { ...RULES, ...FORMATTING } : RULES);
  const cases = checks
    .filter(([title]) => subject.read !== undefined || title !== 'drops records that its filters reject')
    .map(([title, check]) => ({ title: `${name} ${title}`, run: () => runCase(subject, check) }));
  return [
    ...cases,
    { title: `${name} does not keep the process alive after it is closed`, run: () => runLeakCase(subject) },
  ];
}
