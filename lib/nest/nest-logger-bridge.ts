/** Puts one NestLogger in the place of Nest's own logger for as long as an application wants it. */
import type { LoggerService } from '@nestjs/common';
import { processSlot } from '../internal/process-slot';
import type { ApplicationLogs } from './application-logs';
import { nest } from './nest';
import { NestLogger } from './nest-logger';

/** What Nest logs with now; undefined when logging is switched off. Nest has no public way to ask. */
function installedLogger(): LoggerService | undefined {
  return Reflect.get(nest().common.Logger, 'staticInstanceRef') as LoggerService | undefined;
}

/** One bridge for all applications of the process: it finds out itself whose record it is given. */
class NestLoggerBridge {
  readonly #bridge = new NestLogger();
  readonly #users = new Set<ApplicationLogs>();
  #replaced: LoggerService | undefined;

  /** Buffered boot lines are written now: there is something to write them. */
  claim(logs: ApplicationLogs): void {
    const installed = installedLogger();
    const { nestLogger } = logs.options;
    // `logger: false` was said by the application too, and about Nest's logger only.
    if (nestLogger === false || (nestLogger === undefined && installed === undefined)) return;
    this.#users.add(logs);
    if (installed !== this.#bridge) {
      this.#replaced = installed;
      nest().common.Logger.overrideLogger(this.#bridge);
    }
    nest().common.Logger.flush();
  }

  release(logs: ApplicationLogs): void {
    if (!this.#users.delete(logs) || this.#users.size > 0) return;
    // A logger that the application set itself, later, stays.
    if (installedLogger() === this.#bridge) nest().common.Logger.overrideLogger(this.#replaced ?? false);
    this.#replaced = undefined;
  }
}

export const nestLoggerBridge = processSlot('nest-logger', () => new NestLoggerBridge());
