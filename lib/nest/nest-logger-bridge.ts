/** Puts one NestLogger in the place of Nest's own logger for as long as an application wants it. */
import type { LoggerService } from '@nestjs/common';
import { AtShutdownHandler } from '../core/shutdown';
import { classNameOf } from '../internal/foreign';
import type { ApplicationLogs } from './application-logs';
import { nest } from './nest';
import { NestLogger } from './nest-logger';

/** How long the first lines of an application wait for `app.useLogger()`, in ms: a start that hangs is seen after that. */
const BOOT_LINES_WAIT_MS = 5000;
/** What Nest's Test module logs with unless a test says otherwise: it prints errors and nothing else. */
const OF_TESTS = 'TestingLogger';

/** One application that logs through the bridge. */
interface Claim {
  readonly logs: ApplicationLogs;
  /** What the bridge took the place of; undefined when the bridge was there. `false`: logging was switched off. */
  replaced: LoggerService | false | undefined;
}

/** What Nest logs with now; undefined when logging is switched off. Nest has no public way to ask. */
function installedLogger(): LoggerService | undefined {
  return Reflect.get(nest().common.Logger, 'staticInstanceRef') as LoggerService | undefined;
}

/** Nest makes a logger for each context from its own default one, and uses one that the application gave as it is. */
function isNestsDefault(installed: LoggerService): boolean {
  return Reflect.get(new (nest().common.Logger)(), 'localInstance') !== installed;
}

/** One bridge for all applications of the process: it finds out itself whose record it is given. */
class NestLoggerBridge {
  readonly #bridge = new NestLogger();
  readonly #claims: Claim[] = [];

  /** Takes over Nest's logger, if the application's options and the logger that is installed allow it. */
  claim(logs: ApplicationLogs): void {
    const installed = installedLogger();
    const { nestLogger } = logs.options;
    const { Logger } = nest().common;
    if (nestLogger === false || (nestLogger === 'auto' && !this.#isFree(installed))) return;
    this.#claims.push({ logs, replaced: installed === this.#bridge ? undefined : (installed ?? false) });
    if (installed !== this.#bridge) Logger.overrideLogger(this.#bridge);
    if (nestLogger === true) Logger.flush();
    else if (Reflect.get(Logger, 'isBufferAttached') === true) this.#keepBootLines(logs);
  }

  /** Called once the application has started, and `app.useLogger()` had its chance. */
  started(logs: ApplicationLogs): void {
    this.writeBootLines();
    const installed = installedLogger();
    if (logs.options.nestLogger !== 'auto' || installed === undefined) return;
    const name = classNameOf(installed);
    if (this.#isFree(installed) || installed instanceof NestLogger || name === OF_TESTS) return;
    logs.tree
      .getLogger('LoggingModule')
      .info(
        'Nest logs with the logger that the application gave it (%s): what goes through it is not in the handlers. Set nestLogger to true to send it there, or to false to keep that logger without this line.',
        name,
      );
  }

  /** Writes what Nest holds back with `bufferLogs`, unless it belongs to another logger. */
  writeBootLines(): void {
    if (installedLogger() === this.#bridge) nest().common.Logger.flush();
  }

  release(logs: ApplicationLogs): void {
    const index = this.#claims.findIndex((claim) => claim.logs === logs);
    const [claim] = index < 0 ? [] : this.#claims.splice(index, 1);
    if (claim?.replaced === undefined) return;
    const next = this.#claims[index];
    if (next !== undefined) next.replaced ??= claim.replaced;
    // A logger that the application set itself, later, stays.
    else if (installedLogger() === this.#bridge) nest().common.Logger.overrideLogger(claim.replaced);
  }

  /** Whether nobody chose the logger that is installed. `logger: false` is a choice, too. */
  #isFree(installed: LoggerService | undefined): boolean {
    return installed !== undefined && (installed === this.#bridge || isNestsDefault(installed));
  }

  /** They go to the logger that is installed when the application is initialised, or a context has started. */
  #keepBootLines(logs: ApplicationLogs): void {
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
