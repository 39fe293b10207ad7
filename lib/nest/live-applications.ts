/** The applications of this process that log: which of them has the process's tree, and which is the newest. */
import { defaultManager, Manager } from '../core/manager';
import { processSlot } from '../internal/process-slot';
import type { ApplicationLogs } from './application-logs';

/** One import of `LoggingModule.forRoot()`. */
interface Entry {
  readonly logs: ApplicationLogs;
  /** The modules of its application, which its transports know too. */
  readonly modules: object | undefined;
}

/** Begins with the first application and forgets each when it is closed. */
class LiveApplications {
  #entries: readonly Entry[] = [];
  readonly #byModules = new WeakMap<object, ApplicationLogs>();
  readonly #failed = new WeakSet<object>();
  /** Its handlers are on the tree of `getLogger()`. */
  #holder: ApplicationLogs | undefined;

  /** `getLogger()`'s own tree if no application has it, else a tree of its own. */
  add(create: (tree: Manager) => ApplicationLogs, modules?: object): ApplicationLogs {
    const logs = create(this.#holder === undefined ? defaultManager : new Manager());
    if (logs.tree.isDefault) this.#holder = logs;
    this.#setEntries([...this.#entries, { logs, modules }]);
    return logs;
  }

  /** Another application is the newest from now on, though this one still has its handlers: its start has failed. */
  letGo(logs: ApplicationLogs): void {
    this.#setEntries(this.#entries.filter((entry) => entry.logs !== logs));
  }

  /** Its handlers are closed and off their loggers. */
  remove(logs: ApplicationLogs): void {
    if (this.#holder === logs) this.#holder = undefined;
    this.letGo(logs);
  }

  /** Gives an application's requests and messages their scopes. */
  bind(modules: object, logs: ApplicationLogs): void {
    this.#byModules.set(modules, logs);
  }

  /** The logs of the application that consists of these modules. */
  ofModules(modules: object): ApplicationLogs | undefined {
    return this.#byModules.get(modules);
  }

  /** All of an application: it may import `forRoot()` more than once. */
  allOfModules(modules: object): readonly ApplicationLogs[] {
    return this.#entries.filter((entry) => entry.modules === modules).map(({ logs }) => logs);
  }

  /** Providers that are still being made when another one has failed come too late. */
  markFailed(modules: object): void {
    this.#failed.add(modules);
  }

  hasFailed(modules: object): boolean {
    return this.#failed.has(modules);
  }

  /** Where a record goes that belongs to no application in particular: the newest one, by its first `forRoot()`. */
  get newest(): ApplicationLogs | undefined {
    const last = this.#entries.at(-1);
    if (last?.modules === undefined) return last?.logs;
    return this.#entries.find(({ modules }) => modules === last.modules)?.logs;
  }

  #setEntries(entries: readonly Entry[]): void {
    this.#entries = entries;
    defaultManager.setOthers(
      entries.map(({ logs }) => logs.tree),
      this.newest?.tree,
    );
  }
}

export const liveApplications = processSlot('nest-applications', () => new LiveApplications());
