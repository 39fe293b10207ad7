/** What every handler is: level, filters, formatting, and one place where its failures go. */
import { inspect } from 'node:util';
import { ConfigurationError, DeliveryError } from '../errors';
import { globalState } from '../internal/global-state';
import { accepting, having, readOption, readOptions, text, type SpecOf } from '../internal/options';
import { composeText } from './compose-text';
import { diagnostics } from './diagnostics';
import type { FilterLike } from './filter';
import { Filterer } from './filterer';
import { getLevelName, level, parseLevel, type LevelInput } from './level';
import type { LogRecord } from './log-record';
import { openHandlers } from './open-handlers';
import { ownRecord } from './own-record';
import { loggingSettings } from './settings';

/** Turns a record into text. The classes of the formatters room are such, and so is any object with `format`. */
export interface RecordFormatter {
  format(record: LogRecord): string;
  /** The text holds the caller's file, line or function, so these must be found at each log call. */
  readonly usesCaller?: boolean;
}

export interface HandlerOptions {
  /** Records below it are not handed to the handler by loggers. @defaultValue NOTSET */
  readonly level?: LevelInput;
  /** @defaultValue message, exception and stack, as Python's default formatter, with control characters as escapes */
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
 * 1. `emit` writes one record and may throw: `handle` gives what it throws to `handleError`.
 * 2. `handle` never throws. Loggers call it after comparing the level; it does not compare levels itself.
 * 3. `emit` is not entered again while it runs: a record that it logs itself is counted, not written.
 * 4. `flush` returns when what was emitted is written, or a promise of it.
 * 5. `close` releases what the handler holds and may be called twice. It calls `super.close()`.
 *
 * Differs: locks do nothing, since one thread runs one emit at a time; a filter that throws drops the record and is
 * reported instead of reaching the code that logged.
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

  /** A record is being written, also while the process ends in the middle of it. @internal */
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

  /** Filters, then writes. Returns the record as the filters left it, or false when one dropped it. */
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
   * The formatter's text; without one message, exception and stack, with control characters as escapes, as
   * `new Formatter()` writes them. `new Formatter(null, { escape: false })` is Python's text.
   */
  format(record: LogRecord): string {
    if (this.formatter !== undefined) return this.formatter.format(record);
    const message = record.getMessage();
    record.message = message;
    return composeText(message, record, ESCAPED);
  }

  /** Counts the failure and reports it on stderr once in a while; nothing when `raiseExceptions` is false. */
  handleError(record: LogRecord, error: unknown): void {
    diagnostics.report({
      source: this.describe(),
      what: 'a record was not written',
      error,
      subject: describeRecord(record),
    });
  }

  /** Who the handler is in a report, such as `FileHandler /var/log/app.log`. */
  describe(): string {
    return this.#name === undefined || this.#name === ''
      ? this.constructor.name
      : `${this.constructor.name} ${this.#name}`;
  }

  /** Kept for ports of Python code; there is nothing to lock. */
  acquire(): void {}

  /** Kept for ports of Python code; there is nothing to unlock. */
  release(): void {}

  /** Resolves, or returns, when what was emitted is written. */
  flush(): void | Promise<void> {}

  /** What can be written without waiting; called when the process ends. */
  flushSync(): void {
    const flushed = this.flush();
    if (flushed instanceof Promise) flushed.catch((error: unknown) => this.#flushFailed(error));
  }

  /** Drops the name and leaves the list of open handlers; loggers keep the handler. */
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

/** Template and level only: the arguments may hold what must not reach stderr. */
function describeRecord(record: LogRecord): string {
  const template = typeof record.msg === 'string' ? record.msg.slice(0, 80) : typeof record.msg;
  return `${record.name} ${record.levelname} ${JSON.stringify(template)}`;
}
