/** A logger tree of its own whose root has one HindsightHandler, and what its target has seen. */
import type { Handler } from '../../lib/core/handler';
import { DEBUG } from '../../lib/core/level';
import { contextStorage, type RecordContext } from '../../lib/core/record-context';
import type { LogRecord } from '../../lib/core/log-record';
import type { Logger } from '../../lib/core/logger';
import { Manager, type ManagerOptions } from '../../lib/core/manager';
import { HindsightHandler, type HindsightHandlerOptions } from '../../lib/scope/hindsight.handler';
import { LogScope, type ScopeInit } from '../../lib/scope/scope';
import { runInScope, type RunInScopeOptions } from '../../lib/scope/call';
import { compileScopeOptions } from '../../lib/scope/compile-options';
import type { LogScopeOptions, ScopeKind } from '../../lib/scope/options';
import { CollectingHandler } from '../../lib/testing';

/** Most specs are about the held records, not about the heading of a dump. */
const quiet = { dumpRecord: false };

export interface ScopeTreeOptions extends ManagerOptions {
  readonly target?: CollectingHandler;
  readonly hindsight?: HindsightHandlerOptions;
}

export interface OpenInit extends ScopeInit {
  readonly kind?: ScopeKind;
  readonly logger?: Logger;
}

export class ScopeTree {
  readonly manager: Manager;
  readonly log: Logger;
  readonly target: CollectingHandler;
  readonly handler: HindsightHandler;

  constructor(options: ScopeTreeOptions = {}) {
    const { target = new CollectingHandler(), hindsight, ...manager } = options;
    this.manager = new Manager(manager);
    this.manager.root.setLevel(DEBUG);
    this.target = target;
    this.handler = new HindsightHandler(target, hindsight);
    this.manager.root.addHandler(this.handler);
    this.log = this.manager.getLogger('shop');
  }

  get messages(): readonly string[] {
    return this.target.messages;
  }

  /** Runs in a scope of this tree. */
  run<T>(options: Omit<RunInScopeOptions, 'manager'>, work: () => T): T {
    return runInScope({ ...quiet, ...options, manager: this.manager }, work);
  }

  /** A scope that the test settles itself. */
  open(options: LogScopeOptions = {}, { kind = 'call', logger, ...init }: OpenInit = {}): LogScope {
    const place = { tree: this.manager, options: compileScopeOptions({ ...quiet, ...options }), logger };
    return new LogScope(kind, place, init);
  }

  /** Runs in a scope that the test has opened, or another copy of the package. */
  runIn<T>(scope: RecordContext | undefined, work: () => T): T {
    return contextStorage.run(scope, work);
  }

  addTarget(target: Handler): HindsightHandler {
    const handler = new HindsightHandler(target);
    this.manager.root.addHandler(handler);
    return handler;
  }
}

export function scopeTree(options?: ScopeTreeOptions): ScopeTree {
  return new ScopeTree(options);
}

export function reasons(records: readonly LogRecord[]): readonly (string | undefined)[] {
  return records.map((record) => record.hindsight?.reason);
}

/** The parts of a tree, for specs that use each of them in every line. */
export interface TreeParts {
  readonly tree: ScopeTree;
  readonly run: ScopeTree['run'];
  readonly log: Logger;
  readonly target: CollectingHandler;
}

export function partsOfTree(options?: ScopeTreeOptions): TreeParts {
  const tree = scopeTree(options);
  return { tree, log: tree.log, target: tree.target, run: (options, work) => tree.run(options, work) };
}

/** A logger without a HindsightHandler, in a tree of its own, and a target for it. */
export function loggerAndTarget(): { readonly log: Logger; readonly target: CollectingHandler } {
  const log = new Manager().getLogger('orders');
  log.setLevel(DEBUG);
  return { log, target: new CollectingHandler() };
}
