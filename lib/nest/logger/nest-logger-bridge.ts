/** Replaces Nest's own logger by one NestLogger while at least one application wants that. */
import type { LoggerService } from '@nestjs/common';
import { AtShutdownHandler } from '../../core/shutdown';
import type { Manager } from '../../core/manager';
import { classNameOf } from '../../internal/foreign';
import { nest } from '../nest';
import { NestLogger } from './nest-logger';

/** How long the first lines of an application wait for `app.useLogger()`, in ms. A start that hangs shows its lines then. */
const BOOT_LINES_WAIT_MS = 5000;
/** The default logger of Nest's Test module. It prints only errors. */
const LOGGER_OF_TESTS = 'TestingLogger';

/** What the bridge needs of the logs of an application. */
interface BridgedLogs {
  readonly tree: Manager;
  readonly options: { readonly nestLogger: boolean | 'auto' };
  atRelease(undo: () => void): void;
}

/** One application that logs through the bridge. */
interface Claim {
  readonly logs: BridgedLogs;
  /** The logger that the bridge replaced; undefined if it was the bridge. `false`: logging was switched off. */
  replaced: LoggerService | false | undefined;
}

/** The logger that Nest uses now; undefined if logging is switched off. Nest has no public method for this. */
function installedLogger(): LoggerService | undefined {
  return Reflect.get(nest().common.Logger, 'staticInstanceRef') as LoggerService | undefined;
}

/** Nest creates one logger for each context from its default logger. It uses a logger from the application directly. */
function isNestsDefault(installed: LoggerService): boolean {
  return Reflect.get(new (nest().common.Logger)(), 'localInstance') !== installed;
}

/** One bridge for all applications of the process: the NestLogger finds the application of each record. */
class NestLoggerBridge {
  readonly #bridge = new NestLogger();
  readonly #claims: Claim[] = [];

  /** Replaces Nest's logger if the options of the application and the installed logger allow it. */
  claim(logs: BridgedLogs): void {
    const installed = installedLogger();
    const { nestLogger } = logs.options;
    const { Logger } = nest().common;
    if (nestLogger === false || (nestLogger === 'auto' && !this.#isFree(installed))) return;
    this.#claims.push({ logs, replaced: installed === this.#bridge ? undefined : (installed ?? false) });
    if (installed !== this.#bridge) Logger.overrideLogger(this.#bridge);
    if (nestLogger === true) Logger.flush();
    else if (Reflect.get(Logger, 'isBufferAttached') === true) this.#keepBootLines(logs);
  }

  /** Called when the application has started: `app.useLogger()` has been called by then. */
  started(logs: BridgedLogs): void {
    this.writeBootLines();
    const installed = installedLogger();
    if (logs.options.nestLogger !== 'auto' || installed === undefined) return;
    const name = classNameOf(installed);
    if (this.#isFree(installed) || installed instanceof NestLogger || name === LOGGER_OF_TESTS) return;
    logs.tree
      .getLogger('LoggingModule')
      .info(
        'Nest logs with the logger that the application gave it (%s). The handlers do not get these lines. Set nestLogger to true to send them to the handlers, or to false to keep that logger without this message.',
        name,
      );
  }

  /** Writes the lines that Nest has buffered (`bufferLogs`), unless another logger is installed. */
  writeBootLines(): void {
    if (installedLogger() === this.#bridge) nest().common.Logger.flush();
  }

  release(logs: BridgedLogs): void {
    const index = this.#claims.findIndex((claim) => claim.logs === logs);
    const [claim] = index < 0 ? [] : this.#claims.splice(index, 1);
    if (claim?.replaced === undefined) return;
    const next = this.#claims[index];
    if (next !== undefined) next.replaced ??= claim.replaced;
    // Keep a logger that the application has set later.
    else if (installedLogger() === this.#bridge) nest().common.Logger.overrideLogger(claim.replaced);
  }

  /** Whether the application has not chosen a logger. `logger: false` is a choice, too. */
  #isFree(installed: LoggerService | undefined): boolean {
    return installed !== undefined && (installed === this.#bridge || isNestsDefault(installed));
  }

  /** The buffered lines go to the logger that is installed when the application is initialised, or when a context has started. */
  #keepBootLines(logs: BridgedLogs): void {
    const write = (): void => this.writeBootLines();
    const timer = setTimeout(write, BOOT_LINES_WAIT_MS).unref();
    const atExit = new AtShutdownHandler({
      describe: () => "the first lines of Nest's logger",
      close: write,
      flushSync: write,
    });
    logs.atRelease(() => {
      clearTimeout(timer);
      atExit.dismiss();
    });
  }
}

export const nestLoggerBridge = new NestLoggerBridge();
