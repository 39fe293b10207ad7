/** The base class of all handlers, and the list of the handlers that are open. */
import { inspect } from 'node:util';
import { ConfigurationError, DeliveryError } from '../errors';
import { replaceShared } from '../internal/earlier-copies';
import { globalState } from '../internal/global-state';
import { diagnostics, loggingSettings } from './diagnostics';
import { composeText } from './exception-text';
import { Filterer, type FilterLike } from './filterer';
import { reportInHand } from './hand-over';
import { getLevelName, parseLevel, level, type LevelInput } from './level';
import { accepting, having, readOption, readOptions, text, type SpecOf } from '../internal/options';
import type { LogRecord } from './log-record';
import { ownRecord } from './own-record';

/** The handler's name in a report. After its constructor threw, `describe` may throw too. */
export function describeSafely(handler: Handler): string {
  try {
    return handler.describe();
  } catch {
    // The report is more important than the name.
    return handler.constructor.name;
  }
}

/** Reports that something, such as a formatter, ended the process while the handler was writing. */
function reportCutOff(handler: Handler): void {
  const what = 'a record was not written: the process ended while it was being written';
  diagnostics.report({ source: describeSafely(handler), what });
}

/** Handlers of all copies of the package, by id and by name. */
interface HandlerList {
  readonly refs: Map<Handler['id'], WeakRef<Handler>>;
  readonly names: Map<string, Handler>;
  /** Whether a listener flushes them at the end of the process. */
  isWatched: boolean;
}

function newHandlerList(): HandlerList {
  return { refs: new Map(), names: new Map(), isWatched: false };
}

/** The list has weak references, as in Python, so that unused handlers are garbage-collected. */
export class OpenHandlers {
  readonly #refs: HandlerList['refs'];
  readonly #names: HandlerList['names'];

  /** @param list - The data. The first instance that uses it flushes the handlers at the end of the process. */
  constructor(list: HandlerList = newHandlerList()) {
    this.#refs = list.refs;
    this.#names = list.names;
    if (list.isWatched) return;
    list.isWatched = true;
    process.on('exit', () => this.flushSync());
  }

  add(handler: Handler): void {
    this.#refs.set(handler.id, new WeakRef(handler));
    // Removes dead references from time to time, so that the table does not grow.
    if (this.#refs.size % 256 === 0) this.#sweep();
  }

  delete(handler: Handler): void {
    this.#refs.delete(handler.id);
  }

  /** Open handlers, newest first: the order in which they are closed. */
  newestFirst(): Handler[] {
    return [...this.#refs.values()]
      .map((ref) => ref.deref())
      .filter((handler) => handler !== undefined)
      .toReversed();
  }

  rename(handler: Handler, from: string | undefined, to: string | undefined): void {
    // Only its own entry, since another handler may have the name now. CPython removes that one's name.
    if (from !== undefined && this.#names.get(from) === handler) this.#names.delete(from);
    if (to !== undefined && to !== '') this.#names.set(to, handler);
  }

  byName(name: string): Handler | undefined {
    return this.#names.get(name);
  }

  names(): ReadonlySet<string> {
    return new Set(this.#names.keys());
  }

  /** Called at the end of the process. Flushes all handlers synchronously. */
  flushSync(): void {
    for (const handler of this.newestFirst()) {
      if (handler.emitting) reportCutOff(handler);
      try {
        handler.flushSync();
      } catch (error) {
        diagnostics.report({ source: describeSafely(handler), what: 'the flush at exit failed', error });
      }
    }
    reportInHand();
    diagnostics.flush();
  }

  #sweep(): void {
    for (const [id, ref] of this.#refs) if (ref.deref() === undefined) this.#refs.delete(id);
  }
}

export const openHandlers = new OpenHandlers(globalState('handlers', newHandlerList));
replaceShared('open-handlers', openHandlers, (earlier) => {
  for (const handler of earlier.newestFirst().toReversed()) openHandlers.add(handler);
  for (const name of earlier.names()) {
    const handler = earlier.byName(name);
    if (handler !== undefined) openHandlers.rename(handler, undefined, name);
  }
});

/** Ports logging.getHandlerByName (3.12). */
export function getHandlerByName(name: string): Handler | undefined {
  return openHandlers.byName(name);
}

/** Ports logging.getHandlerNames (3.12). */
export function getHandlerNames(): ReadonlySet<string> {
  return openHandlers.names();
}

/** Turns a record into text: a formatter of this package, or any object with `format`. */
export interface RecordFormatter {
  format(record: LogRecord): string;
  /** The text contains the caller's file, line or function, so each log call must find them. */
  readonly usesCaller?: boolean;
}

export interface HandlerOptions {
  /** Loggers do not pass records below this level to the handler. @defaultValue NOTSET */
  readonly level?: LevelInput;
  /** @defaultValue message, exception and stack, as Python's default formatter, with escaped control characters */
  readonly formatter?: RecordFormatter;
  /** Found by `getHandlerByName`. */
  readonly name?: string;
  readonly filters?: readonly FilterLike[];
}

export const HANDLER_SPEC = {
  level: level('NOTSET'),
  formatter: having<RecordFormatter>('format', 'an object with a format(record) method', {
    otherwise: 'message, exception and stack',
  }),
  name: text(),
  filters: accepting('a list of filters', (value): value is readonly FilterLike[] => Array.isArray(value)),
} satisfies SpecOf<HandlerOptions>;

const ESCAPED = { escape: true } as const;

/** Numbers handlers in the order of their creation. */
const counter = globalState('handler-counter', () => ({ last: 0 }));

/**
 * Ports logging.Handler (CPython 3.14). The contract of a subclass:
 *
 * 1. `emit` writes one record and may throw. `handle` passes the error to `handleError`.
 * 2. `handle` never throws. Loggers compare the level before they call it. It does not compare levels itself.
 * 3. `emit` is not called while it runs. A record that it logs itself is counted, not written.
 * 4. `flush` returns when all emitted records are written, or returns a promise of that.
 * 5. `close` releases the resources of the handler and may be called twice. It calls `super.close()`.
 *
 * Differs: locks do nothing, since a thread runs one `emit` at a time. If a filter throws, the record is dropped and the
 * error is reported. It does not reach the code that logged.
 */
export abstract class Handler extends Filterer {
  /** Order of creation in this process. */
  readonly id: number;
  level: number;
  formatter: RecordFormatter | undefined;
  #name: string | undefined;
  #closed = false;
  #emitting = false;

  constructor(options: HandlerOptions = {}) {
    super();
    const settings = readOptions(HANDLER_SPEC, options, new.target);
    this.id = ++counter.last;
    this.level = settings.level;
    this.setFormatter(settings.formatter);
    if (settings.filters !== undefined) this.filters = [...settings.filters];
    openHandlers.add(this);
    if (settings.name !== undefined) this.name = settings.name;
  }

  get name(): string | undefined {
    return this.#name;
  }
  set name(value: string | undefined) {
    openHandlers.rename(this, this.#name, value);
    this.#name = value;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Whether `emit` runs, also if it ended the process. @internal */
  get emitting(): boolean {
    return this.#emitting;
  }

  setLevel(level: LevelInput): void {
    this.level = parseLevel(level);
  }

  setFormatter(formatter: RecordFormatter | undefined): void {
    readOption(HANDLER_SPEC.formatter, formatter, { owner: this.constructor.name, name: 'formatter' });
    this.formatter = formatter;
    if (formatter?.usesCaller === true) loggingSettings.captureCaller = true;
  }

  /** Filters, then writes. Returns the filtered record, or false if a filter dropped it. */
  handle(record: LogRecord): LogRecord | false {
    const accepted = this.accept(ownRecord(record));
    if (accepted === false) return false;
    if (this.#emitting) {
      this.handleError(accepted, new DeliveryError('logged by the handler itself while it was writing'));
      return accepted;
    }
    this.#emitting = true;
    try {
      this.emit(accepted);
    } catch (error) {
      this.handleError(accepted, error);
    } finally {
      this.#emitting = false;
    }
    return accepted;
  }

  protected override filterFailed(record: LogRecord, error: unknown): void {
    this.handleError(record, error);
  }

  /** Writes one record. Called by `handle` only. */
  emit(_record: LogRecord): void {
    throw new ConfigurationError(
      `${this.constructor.name}: emit(record) must be implemented by Handler subclasses.`,
      {
        code: 'ERR_LOG_NOT_IMPLEMENTED',
      },
    );
  }

  /**
   * The formatter's text. Without a formatter, message, exception and stack with escaped control characters, as
   * `new Formatter()` writes them. `new Formatter(null, { escape: false })` writes Python's text.
   */
  format(record: LogRecord): string {
    if (this.formatter !== undefined) return this.formatter.format(record);
    const message = record.getMessage();
    record.message = message;
    return composeText(message, record, ESCAPED);
  }

  /** Counts the failure and reports it on stderr once in a while, unless `raiseExceptions` is false. */
  handleError(record: LogRecord, error: unknown): void {
    diagnostics.report({
      source: this.describe(),
      what: 'a record was not written',
      error,
      subject: describeRecord(record),
    });
  }

  /** The handler's name in reports, such as `FileHandler /var/log/app.log`. */
  describe(): string {
    return this.#name === undefined || this.#name === ''
      ? this.constructor.name
      : `${this.constructor.name} ${this.#name}`;
  }

  /** For ports of Python code. There is nothing to lock. */
  acquire(): void {}

  /** For ports of Python code. There is nothing to unlock. */
  release(): void {}

  /** Returns, or resolves, when all emitted records are written. */
  flush(): void | Promise<void> {}

  /** Called at the end of the process. Writes what can be written synchronously. */
  flushSync(): void {
    const flushed = this.flush();
    if (flushed instanceof Promise) flushed.catch((error: unknown) => this.#flushFailed(error));
  }

  /** Removes the handler's name and leaves the list of open handlers. Loggers keep the handler. */
  close(): void | Promise<void> {
    this.#closed = true;
    openHandlers.delete(this);
    openHandlers.rename(this, this.#name, undefined);
  }

  /** `<FileHandler /var/log/app.log (INFO)>`, as Python's repr. */
  override toString(): string {
    return `<${this.constructor.name} (${getLevelName(this.level)})>`;
  }

  [inspect.custom](): string {
    return this.toString();
  }

  #flushFailed(error: unknown): void {
    diagnostics.report({ source: this.describe(), what: 'the flush at exit failed', error });
  }
}

/** Template and level only, since the arguments may contain secrets. */
function describeRecord(record: LogRecord): string {
  const template = typeof record.msg === 'string' ? record.msg.slice(0, 80) : typeof record.msg;
  return `${record.name} ${record.levelname} ${JSON.stringify(template)}`;
}
