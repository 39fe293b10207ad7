/**
 * Operations that a scope waits for, such as outgoing HTTP requests and SQL statements. Each becomes one DEBUG record of the
 * scope that started it. A dump says which operations are still running.
 */
import { activeSpan, stampWith, type ActiveSpan } from '../core/active-span';
import { attempt } from '../core/diagnostics';
import { DEBUG } from '../core/level';
import type { LogRecord } from '../core/log-record';
import type { Logger } from '../core/logger';
import { currentScope } from './current';
import type { LogScope } from './scope';

/** An operation of one scope, from `startOperation()` to `end()`. */
export class Operation {
  readonly scope: LogScope;
  private readonly logger: Logger;
  private readonly describe: () => string;
  /** ms since the epoch */
  private readonly startedAt: number;
  /** At the end another span may be active: a connection calls back in the context of the request that opened it. */
  private readonly span: ActiveSpan | undefined;
  private isRunning = true;

  constructor(scope: LogScope, logger: Logger, describe: () => string) {
    this.scope = scope;
    this.logger = logger;
    this.describe = describe;
    this.startedAt = scope.tree.clock.now();
    this.span = activeSpan() ?? scope.work.span;
  }

  /** Milliseconds since the start. */
  get elapsedMs(): number {
    return Math.max(0, this.scope.tree.clock.now() - this.startedAt);
  }

  /** Logs the record of the operation. Only the first call has an effect. */
  end(message: string, args: readonly unknown[]): void {
    if (!this.isRunning) return;
    this.isRunning = false;
    for (let at: LogScope | undefined = this.scope; at !== undefined; at = at.parent) {
      at.operations?.delete(this);
    }
    this.logger.handle(this.recordIn(this.scope, message, args));
  }

  /** Logs that the operation is still running. `scope` is being dumped: the scope of the operation, or one around it. */
  logPending(scope: LogScope): void {
    if (!this.isRunning) return;
    attempt('the record of a running operation', () => {
      const args = [this.describe(), this.elapsedMs];
      this.logger.handle(this.recordIn(scope, '%s pending since %d ms', args));
    });
  }

  private recordIn(scope: LogScope, message: string, args: readonly unknown[]): LogRecord {
    const record = this.logger.makeRecord(DEBUG, message, args);
    record.context = scope;
    if (record.details?.ids !== undefined) record.ids = undefined;
    stampWith(record, this.span);
    return record;
  }
}

/**
 * Starts an operation in the current scope. Undefined outside scopes, and if the logger is above DEBUG. The caller calls
 * `end()`, in any async context. At the end of the scope its running operations are forgotten; an operation that ends later logs
 * its record as any late record of the scope.
 *
 * To allocate nothing outside scopes, create `describe` only if `currentScope()` returns a scope.
 *
 * @param name - The name of the logger, in the tree of the scope.
 * @param describe - Called only if the scope is dumped while the operation runs. Returns for example `GET https://pay.internal/`.
 */
export function startOperation(
  name: string,
  describe: () => string,
  scope = currentScope(),
): Operation | undefined {
  if (scope === undefined) return undefined;
  const logger = scope.tree.getLogger(name);
  if (!logger.isEnabledFor(DEBUG)) return undefined;
  const operation = new Operation(scope, logger, describe);
  for (let at: LogScope | undefined = scope; at !== undefined; at = at.parent) at.addOperation(operation);
  return operation;
}
