/** Nest's logger interface on top of the tree: what Nest and the application log with it reaches the handlers. */
import type { LogLevel, LoggerService } from '@nestjs/common';
import { CRITICAL, DEBUG, ERROR, INFO, VERBOSE, WARNING } from '../core/level';
import type { Logger } from '../core/logger';
import { defaultManager, type Manager } from '../core/manager';
import { inspectValue, isArray, isError, readStack } from '../internal/foreign';
import { currentScope } from '../scope/current';
import { recentErrorsOf } from '../scope/errors-seen';
import { isAnsweredAsRefusal } from '../scope/refusals';
import { isReporter } from './hooks/reported-errors';
import { nest } from './nest';

export interface NestLogCall {
  /** What `new Logger(context)` was given. */
  readonly context: string | undefined;
  readonly message: unknown;
  /** `error.stack`, passed on as text. */
  readonly stack: string | undefined;
  readonly args: readonly unknown[];
}

/** A line of a stack, below a message of any number of lines; as Nest 12 knows one, and the frames of V8's own functions. */
const STACK = /\n[ \t]+at .+(?::\d+:\d+|\(<anonymous>\)|\(native\))/;
/** Enough for the message and the first frames. */
const LOOKED_AT = 16_384;

function isStack(value: unknown): value is string {
  return typeof value === 'string' && STACK.test(value.slice(0, LOOKED_AT));
}

/**
 * Splits the arguments of one call: a string at the end is the context, and a stack stands before or behind it.
 *
 * @param ofError - of `error` and `fatal`: `Logger` puts an undefined in the place of the stack that it was not given
 */
export function readNestLogCall(message: unknown, params: readonly unknown[], ofError = false): NestLogCall {
  const args = [...params];
  const takeLast = (is: (value: unknown) => boolean): string | undefined =>
    args.length > 0 && is(args.at(-1)) ? (args.pop() as string | undefined) : undefined;
  const behind = takeLast(isStack);
  const context = takeLast((value) => typeof value === 'string' && !isStack(value));
  const stack = behind ?? takeLast(isStack);
  if (ofError && stack === undefined) takeLast((value) => value === undefined);
  return { context, message, stack, args };
}

/** The logger of calls that name no context. */
const NO_CONTEXT = 'nest';

/** Where @nestjs/schedule and @nestjs/event-emitter report the Error of a decorated method: also inside another scope. */
const JOB_REPORTERS: ReadonlySet<string | undefined> = new Set(['Scheduler', 'Event']);

/** Loggers are kept for ever, so contexts made from data beyond this many share one. */
const MAX_LOGGERS = 10_000;

/**
 * Levels that were set for Nest's logger, such as `NestFactory.create(AppModule, { logger: ['error'] })`, still hold. Asked
 * only then: without any, Nest 11 answers that no level is enabled.
 */
function isWanted(level: LogLevel): boolean {
  const { Logger: NestLog } = nest().common;
  return Reflect.get(NestLog, 'logLevels') === undefined || NestLog.isLevelEnabled(level);
}

/** A thrown object may have no text: one without a prototype, or client JSON with a key `toString`. */
function textOfThrown(thrown: unknown): string {
  // The text of a list of lists of lists may have no end.
  if (isArray(thrown)) return inspectValue(thrown);
  try {
    return String(thrown);
  } catch {
    // Printed as it is then.
    return inspectValue(thrown);
  }
}

/**
 * The context is the logger's name; `log` is INFO, `verbose` VERBOSE, `fatal` CRITICAL. An Error, as the message or behind
 * it, becomes the record's `excInfo`; an object as the message gives fields, as with every logger. An Error that its
 * request has already written is not written again when Nest reports it, nor, outside every scope, one that a call has
 * written, whoever reports it.
 *
 * `LoggingModule` installs one; it is only needed by hand where the module is not, as in
 * `NestFactory.create(AppModule, { logger: new NestLogger() })`.
 */
export class NestLogger implements LoggerService {
  readonly #manager: Manager | undefined;

  /** @param manager the tree to log to; that of the running request's application, or of the newest, when left out */
  constructor(manager?: Manager) {
    this.#manager = manager;
  }

  verbose(message: unknown, ...params: unknown[]): void {
    this.#write('verbose', VERBOSE, readNestLogCall(message, params));
  }

  debug(message: unknown, ...params: unknown[]): void {
    this.#write('debug', DEBUG, readNestLogCall(message, params));
  }

  log(message: unknown, ...params: unknown[]): void {
    this.#write('log', INFO, readNestLogCall(message, params));
  }

  warn(message: unknown, ...params: unknown[]): void {
    this.#write('warn', WARNING, readNestLogCall(message, params));
  }

  error(message: unknown, ...params: unknown[]): void {
    this.#writeError('error', ERROR, readNestLogCall(message, params, true));
  }

  fatal(message: unknown, ...params: unknown[]): void {
    this.#writeError('fatal', CRITICAL, readNestLogCall(message, params, true));
  }

  #write(nestLevel: LogLevel, level: number, call: NestLogCall): void {
    if (!isWanted(nestLevel)) return;
    if (call.stack !== undefined) this.#writeStack(this.#loggerOf(call), level, call);
    else this.#loggerOf(call).log(level, call.message, ...call.args);
  }

  #writeError(nestLevel: LogLevel, level: number, call: NestLogCall): void {
    const scope = currentScope();
    if (nestLevel === 'error' && this.#isToldAgain(call, scope !== undefined)) return;
    const isReport = scope !== undefined && isReporter(call.context);
    if (isReport && scope.hasWritten(call.message)) return;
    if (!isWanted(nestLevel)) return;
    const logger = this.#loggerOf(call);
    if (call.stack !== undefined) this.#writeStack(logger, level, call);
    else if (isReport && !isError(call.message)) {
      // Something else than an Error was thrown: the scope must know that this record tells of it.
      logger.exception(textOfThrown(call.message), call.message ?? scope.error);
    } else {
      // Nest 11 reports a body that is too large as an error; it is the client's, and no reason to write a story. Neither is
      // what the leaving of a client explains: the scope was told of it before, and does not count it.
      const isClients =
        isReport && (scope.error === undefined || isAnsweredAsRefusal(call.message, scope.work.kind));
      const ownLevel = isClients ? WARNING : level;
      logger.log(ownLevel, call.message, ...call.args);
    }
  }

  /**
   * Of an Error that a scope has written. Outside every scope it does not matter who reports it: the handlers of brokers, of
   * timers and of events are called by libraries, and each has its own way. Inside one, a report may be what the scope waits for.
   */
  #isToldAgain({ context, message, stack, args }: NestLogCall, isInScope: boolean): boolean {
    const isJob = JOB_REPORTERS.has(context);
    if (isInScope && !isJob) return false;
    // Whoever has more to say than the Error itself is written.
    if (args.length > 0 || (stack === undefined && !isJob && !isError(message))) return false;
    return recentErrorsOf(this.#tree).tell({ message, stack, ofCalls: !isJob });
  }

  #writeStack(logger: Logger, level: number, { message, stack, args }: NestLogCall): void {
    const scope = currentScope();
    const error: unknown = scope?.error;
    // The text of the request's own Error: the record is about it, and must count as having written it.
    if (isError(error) && readStack(error) === stack) return logger.log(level, message, error, ...args);
    if (!logger.isEnabledFor(level)) return;
    const record = logger.makeRecord(level, message, args);
    record.excText = stack;
    logger.dispatch(record);
  }

  get #tree(): Manager {
    return this.#manager ?? currentScope()?.tree ?? defaultManager.standIn ?? defaultManager;
  }

  #loggerOf({ context = NO_CONTEXT }: NestLogCall): Logger {
    const tree = this.#tree;
    const name = tree.loggers.has(context) || tree.loggers.size < MAX_LOGGERS ? context : NO_CONTEXT;
    return tree.getLogger(name);
  }
}
