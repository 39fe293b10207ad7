/** The applications of this process that log: which of them has the process's tree, and which is the newest. */
import { defaultManager, Manager } from '../core/manager';
import { processSlot } from '../internal/process-slot';
import type { ApplicationLogs } from './application-logs';

/** Begins with the first application and forgets each when it is closed. */
class LiveApplications {
  readonly #applications: ApplicationLogs[] = [];
  readonly #byModules = new WeakMap<object, ApplicationLogs>();

  /** `getLogger()`'s own tree for the first, a tree of its own for each further one. */
  add(create: (tree: Manager) => ApplicationLogs): ApplicationLogs {
    const isTaken = this.#applications.some(({ tree }) => tree.isDefault);
    const application = create(isTaken ? new Manager() : defaultManager);
    this.#applications.push(application);
    return application;
  }

  remove(application: ApplicationLogs): void {
    const index = this.#applications.indexOf(application);
    if (index >= 0) this.#applications.splice(index, 1);
  }

  /** The modules of an application are what its transports have in common with its logs. */
  bind(modules: object, application: ApplicationLogs): void {
    this.#byModules.set(modules, application);
  }

  /** The logs of the application that consists of these modules. */
  ofModules(modules: object): ApplicationLogs | undefined {
    return this.#byModules.get(modules);
  }

  /** Where a record goes that belongs to no application in particular. */
  get newest(): ApplicationLogs | undefined {
    return this.#applications.at(-1);
  }
}

export const liveApplications = processSlot('nest-applications', () => new LiveApplications());
