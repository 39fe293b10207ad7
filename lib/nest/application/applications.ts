/** The running applications of this process: which one has the default logger tree, which is the newest, and how one ends. */
import { releaseQueue } from '../../config/close-handler';
import { AtShutdownHandler, closeHandler } from '../../core/shutdown';
import type { Handler } from '../../core/handler';
import { setApplicationTrees, type TreeData } from '../../core/logger-tree';
import { Manager, newDefaultTreeManager } from '../../core/manager';
import { QueueListener } from '../../handlers';
import { globalState } from '../../internal/global-state';
import { nestLoggerBridge } from '../logger/nest-logger-bridge';
import type { ApplicationLogs } from './application-logs';

/** One import of `LoggingModule.forRoot()`. */
interface Entry {
  readonly tree: TreeData;
  /** The application's module container. Its transports have a reference to it, too. */
  readonly modules: object | undefined;
}

/** Shared by all copies of the package. The newest entry is the last. */
const slot = globalState('applications', () => ({
  entries: [] as readonly Entry[],
  isDefaultTreeTaken: false as boolean,
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

class Applications {
  /** The applications of this copy of the package. */
  readonly #logs = new Map<Entry, ApplicationLogs>();
  readonly #byModules = new WeakMap<object, ApplicationLogs>();
  readonly #failed = new WeakSet<object>();
  /** The application that has the default tree, the one of `getLogger()`. */
  #holder: ApplicationLogs | undefined;

  /** Creates logs on the tree of `getLogger()`, or on a new tree if another application has that one. */
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

  /** An application whose start has failed is no longer the newest one. It keeps its handlers. */
  letGo(logs: ApplicationLogs): void {
    for (const [entry, other] of this.#logs) {
      if (other !== logs) continue;
      this.#logs.delete(entry);
      setEntries(slot.entries.filter((kept) => kept !== entry));
    }
  }

  /** Forgets an application whose handlers are closed and removed. */
  remove(logs: ApplicationLogs): void {
    if (this.#holder === logs) {
      this.#holder = undefined;
      slot.isDefaultTreeTaken = false;
    }
    this.letGo(logs);
  }

  /** From now on, the requests and messages of these modules get scopes. */
  bind(modules: object, logs: ApplicationLogs): void {
    this.#byModules.set(modules, logs);
  }

  /** The logs of the application that consists of these modules. */
  ofModules(modules: object): ApplicationLogs | undefined {
    return this.#byModules.get(modules);
  }

  /** The logs of the application that Nest's container belongs to; without a container, of the newest application. */
  ofContainer(container: { getModules(): object } | undefined): ApplicationLogs | undefined {
    return container === undefined ? this.newest : this.ofModules(container.getModules());
  }

  /** All logs of one application: it may import `forRoot()` more than once. */
  allOfModules(modules: object): readonly ApplicationLogs[] {
    return [...this.#logs].filter(([entry]) => entry.modules === modules).map(([, logs]) => logs);
  }

  /** Marks an application that could not be created. Providers that Nest still creates for it are closed at once. */
  markFailed(modules: object): void {
    this.#failed.add(modules);
  }

  hasFailed(modules: object): boolean {
    return this.#failed.has(modules);
  }

  /** Gets the records that belong to no particular application: the newest one, by its first `forRoot()`. */
  get newest(): ApplicationLogs | undefined {
    const entry = newestOf([...this.#logs.keys()]);
    return entry === undefined ? undefined : this.#logs.get(entry);
  }
}

export const applications = new Applications();

/** Flushes and closes the handlers of an application and undoes its changes. Does so once, however often it is called. */
export async function endApplication(logs: ApplicationLogs): Promise<void> {
  await (logs.ended ??= end(logs));
}

async function end(logs: ApplicationLogs): Promise<void> {
  const { hindsight, options } = logs;
  nestLoggerBridge.writeBootLines();
  // Before the targets: closing a HindsightHandler writes the records that unfinished requests still hold.
  for (const handler of hindsight) await closeHandler(handler, options.shutdownTimeout);
  for (const handler of newestFirst(logs)) {
    await closeHandler(handler, options.shutdownTimeout);
    await endQueue(handler, options.shutdownTimeout);
  }
  await logs.queue?.end(options.shutdownTimeout);
  nestLoggerBridge.release(logs);
  logs.release();
  applications.remove(logs);
}

/** Handles the records in the queue of a QueueHandler. The handlers that get them are older, so they are closed later. */
async function endQueue(handler: Handler, timeoutMs: number): Promise<void> {
  const listener: unknown = 'listener' in handler ? handler.listener : undefined;
  const queue = releaseQueue(handler);
  if (!(listener instanceof QueueListener) && queue === undefined) return;
  const subject = new AtShutdownHandler({
    describe: () => handler.describe(),
    close: async () => {
      if (listener instanceof QueueListener) await listener.stop();
      await queue?.close();
    },
  });
  await closeHandler(subject, timeoutMs);
}

/** Each handler once, though it may have two names. Compares ids, because the container may return proxies. */
function newestFirst({ handlers }: ApplicationLogs): Handler[] {
  const byId = new Map([...handlers.values()].map((handler) => [handler.id, handler]));
  return [...byId.values()].toSorted((a, b) => b.id - a.id);
}
