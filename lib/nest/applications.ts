/** The applications of this process that log: which of them has the process's tree, and which is the newest. */
import { setApplicationTrees, type TreeData } from '../core/logger-tree';
import { Manager, newDefaultTreeManager } from '../core/manager';
import { globalState } from '../internal/global-state';
import type { ApplicationLogs } from './application-logs';

/** One import of `LoggingModule.forRoot()`. */
interface Entry {
  readonly tree: TreeData;
  /** The modules of its application, which its transports know too. */
  readonly modules: object | undefined;
}

/** Of all copies of the package, the newest last. */
const slot = globalState('applications', () => ({
  entries: [] as readonly Entry[],
  isDefaultTreeTaken: false,
}));

/** The newest application, by its first import of `forRoot()`. */
function newestOf(entries: readonly Entry[]): Entry | undefined {
  const last = entries.at(-1);
  return last?.modules === undefined ? last : entries.find(({ modules }) => modules === last.modules);
}

function setEntries(entries: readonly Entry[]): void {
  slot.entries = entries;
  setApplicationTrees(
    entries.map(({ tree }) => tree),
    newestOf(entries)?.tree,
  );
}

/** Begins with the first application and forgets each when it is closed. */
class Applications {
  /** Of this copy of the package. */
  readonly #logs = new Map<Entry, ApplicationLogs>();
  readonly #byModules = new WeakMap<object, ApplicationLogs>();
  readonly #failed = new WeakSet<object>();
  /** Its handlers are on the tree of `getLogger()`. */
  #holder: ApplicationLogs | undefined;

  /** The tree of `getLogger()` if no application has it, else a tree of its own; in any case loggers of its own. */
  add(create: (tree: Manager) => ApplicationLogs, modules?: object): ApplicationLogs {
    const logs = create(slot.isDefaultTreeTaken ? new Manager() : newDefaultTreeManager());
    if (logs.tree.isDefault) {
      this.#holder = logs;
      slot.isDefaultTreeTaken = true;
    }
    const entry = { tree: logs.tree.data, modules };
    this.#logs.set(entry, logs);
    setEntries([...slot.entries, entry]);
    return logs;
  }

  /** Another application is the newest from now on, though this one still has its handlers: its start has failed. */
  letGo(logs: ApplicationLogs): void {
    for (const [entry, other] of this.#logs) {
      if (other !== logs) continue;
      this.#logs.delete(entry);
      setEntries(slot.entries.filter((kept) => kept !== entry));
    }
  }

  /** Its handlers are closed and off their loggers. */
  remove(logs: ApplicationLogs): void {
    if (this.#holder === logs) {
      this.#holder = undefined;
      slot.isDefaultTreeTaken = false;
    }
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
    return [...this.#logs].filter(([entry]) => entry.modules === modules).map(([, logs]) => logs);
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
    const entry = newestOf([...this.#logs.keys()]);
    return entry === undefined ? undefined : this.#logs.get(entry);
  }
}

export const applications = new Applications();
