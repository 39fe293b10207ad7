/** Implements Nest's LoggerService: sends what Nest and the application log to the handlers. */
import type { LogLevel, LoggerService } from '@nestjs/common';
import { CRITICAL, DEBUG, ERROR, INFO, VERBOSE, WARNING } from '../../core/level';
import type { Logger } from '../../core/logger';
import { defaultManager, type Manager } from '../../core/manager';
import { inspectValue, isArray, isError, readStack } from '../../internal/foreign';
import { currentScope } from '../../scope/current';
import { recentErrorsOf } from '../../scope/errors-seen';
import { isAnsweredAsRefusal } from '../../scope/refusals';
import { nest } from '../nest';

export interface NestLogCall {
  /** The `context` of `new Logger(context)`. */
  readonly context: string | undefined;
  readonly message: unknown;
  /** `error.stack`, passed as a string. */
  readonly stack: string | undefined;
  readonly args: readonly unknown[];
}

/** A stack line below the message, as Nest 12 recognises one, or a frame of one of V8's own functions. */
const STACK = /\n[ \t]+at .+(?::\d+:\d+|\(<anonymous>\)|\(native\))/;
/** Characters that are searched: enough for the message and the first frames. */
const SEARCHED_CHARS = 16_384;

function isStack(value: unknown): value is string {
  return typeof value === 'string' && STACK.test(value.slice(0, SEARCHED_CHARS));
}

/**
 * Splits the arguments of one call. A string at the end is the context; a stack may come before or after it.
 *
 * @param ofError - for `error` and `fatal`: Nest's `Logger` passes undefined if it was given no stack
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

/** The name of the logger for calls without a context. */
const NO_CONTEXT = 'nest';

/** The contexts with which @nestjs/schedule and @nestjs/event-emitter log the Error of a method, even inside another scope. */
const JOB_REPORTERS: ReadonlySet<string | undefined> = new Set(['Scheduler', 'Event']);

/** The contexts with which Nest logs the Error that ended a request or a message. */
const FAILURE_REPORTERS: ReadonlySet<unknown> = new Set([
  'ExceptionsHandler',
  'RouterResponseController',
  'StreamableFile',
  'RpcExceptionsHandler',
  'WsExceptionsHandler',
]);

/** Whether Nest uses a logger with this context to log how a request or a message failed. */
export function reportsFailure(context: unknown): boolean {
  return FAILURE_REPORTERS.has(context);
}

/** Loggers are never removed, so all contexts beyond this number share one logger. */
const MAX_LOGGERS = 10_000;

/**
 * Levels that were set for Nest's logger, as with `NestFactory.create(AppModule, { logger: ['error'] })`, still apply. Without
 * such levels Nest 11 would say that no level is enabled.
 */
function isEnabled(level: LogLevel): boolean {
  const { Logger: NestLog } = nest().common;
  return Reflect.get(NestLog, 'logLevels') === undefined || NestLog.isLevelEnabled(level);
}

/** `String()` may throw, for an object without a prototype or for JSON from a client with a key `toString`. */
function textOfThrown(thrown: unknown): string {
  // String() of deeply nested arrays may be very long.
  if (isArray(thrown)) return inspectValue(thrown);
  try {
    return String(thrown);
  } catch {
    return inspectValue(thrown);
  }
}

/**
 * The context is the logger's name; `log` is INFO, `verbose` VERBOSE, `fatal` CRITICAL. An Error, as the message or after
 * it, becomes the record's `excInfo`; the properties of an object as the message become fields, as with every logger. When
 * Nest reports an Error that its request has already written, it is not written again. Outside of scopes, this also applies
 * to an Error that a call has written, and to all reporters.
 *
 * `LoggingModule` installs one. Create one yourself only without the module:
 * `NestFactory.create(AppModule, { logger: new NestLogger() })`.
 */
export class NestLogger implements LoggerService {
  readonly #manager: Manager | undefined;

  /** @param manager the tree to log to. Default: that of the current request's application, or of the newest application */
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
    if (!isEnabled(nestLevel)) return;
    if (call.stack !== undefined) this.#writeStack(this.#loggerOf(call), level, call);
    else this.#loggerOf(call).log(level, call.message, ...call.args);
  }

  #writeError(nestLevel: LogLevel, level: number, call: NestLogCall): void {
    const scope = currentScope();
    if (nestLevel === 'error' && this.#isDuplicate(call, scope !== undefined)) return;
    const isReport = scope !== undefined && reportsFailure(call.context);
    if (isReport && scope.hasWritten(call.message)) return;
    if (!isEnabled(nestLevel)) return;
    const logger = this.#loggerOf(call);
    if (call.stack !== undefined) this.#writeStack(logger, level, call);
    else if (isReport && !isError(call.message)) {
      // Something other than an Error was thrown. The scope must know that this record reports it.
      logger.exception(textOfThrown(call.message), call.message ?? scope.error);
    } else {
      // Nest 11 reports a body that is too large as an error, but it is the client's fault and must not dump the request.
      // Errors caused by a client disconnect must not either: the scope has got them before, and has ignored them.
      const isClients =
        isReport && (scope.error === undefined || isAnsweredAsRefusal(call.message, scope.work.kind));
      const ownLevel = isClients ? WARNING : level;
      logger.log(ownLevel, call.message, ...call.args);
    }
  }

  /**
   * Whether the call reports an Error that a scope has already written. Outside of scopes any reporter counts: libraries call
   * the handlers of brokers, timers and events, and report in different ways. Inside a scope, the scope may wait for the report.
   */
  #isDuplicate({ context, message, stack, args }: NestLogCall, isInScope: boolean): boolean {
    const isJob = JOB_REPORTERS.has(context);
    if (isInScope && !isJob) return false;
    // A call with more information than the Error itself is written.
    if (args.length > 0 || (stack === undefined && !isJob && !isError(message))) return false;
    return recentErrorsOf(this.#tree).tell({ message, stack, ofCalls: !isJob });
  }

  #writeStack(logger: Logger, level: number, { message, stack, args }: NestLogCall): void {
    const scope = currentScope();
    const error: unknown = scope?.error;
    // The stack is that of the scope's own Error, so the record must count as its report.
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
