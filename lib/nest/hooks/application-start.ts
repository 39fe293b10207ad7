/** Sees when an application starts and when its start fails. A failed application cannot be closed, so its handlers are closed here. */
import type { NestApplication } from '@nestjs/core';
import { readProperty } from '../../internal/foreign';
import { applications, endApplication } from '../application/applications';
import { nestLoggerBridge } from '../logger/nest-logger-bridge';
import { nest } from '../nest';
import { wrapMethod } from './wrap-method';

/** What we need of Nest's InstanceLoader. */
interface InstanceLoader {
  createInstancesOfDependencies(modules?: object): Promise<void>;
}

/** Protected methods of NestApplicationContext that call the lifecycle hooks of modules. Every application inherits them. */
const START_HOOKS = ['callInitHook', 'callBootstrapHook'] as const;

type StartHooks = Record<(typeof START_HOOKS)[number], () => Promise<void>>;

function modulesOf(owner: object): object | undefined {
  const container = readProperty(owner, 'container') as { getModules?: () => object } | undefined;
  return container?.getModules?.();
}

/** Runs after the code that awaits the start, so that what that code logs about the failure still reaches the handlers. */
function afterwards(work: () => void): void {
  setImmediate(work);
}

/** Closes the handlers of an application that could not be created. */
function endUncreated(modules: object): void {
  applications.markFailed(modules);
  afterwards(() => {
    for (const logs of applications.allOfModules(modules)) void endApplication(logs);
  });
}

function hookCreation(prototype: InstanceLoader): void {
  wrapMethod(prototype, 'createInstancesOfDependencies', async (create, loader, args) => {
    try {
      await create.apply(loader, args);
    } catch (error) {
      const modules = modulesOf(loader);
      // LazyModuleLoader passes its own modules. If they fail, the application continues.
      const isWhole = args[0] === undefined || args[0] === modules;
      if (modules !== undefined && isWhole) endUncreated(modules);
      throw error;
    }
  });
}

function hookStartHooks(prototype: StartHooks): void {
  for (const name of START_HOOKS) {
    wrapMethod(prototype, name, async (call, application) => {
      try {
        await call.call(application);
      } catch (error) {
        const modules = modulesOf(application);
        // The program may still close the application. Its handlers stay open until then.
        afterwards(() => {
          if (modules === undefined) return;
          for (const logs of applications.allOfModules(modules)) applications.letGo(logs);
        });
        throw error;
      }
    });
  }
}

/** By then the program has called `app.useLogger()`, if it calls it. */
function hookInit(prototype: NestApplication): void {
  wrapMethod(prototype, 'init', async (init, application) => {
    nestLoggerBridge.writeBootLines();
    return init.call(application);
  });
}

/** Must run before Nest creates the providers. */
export function installStartHooks(): void {
  const { core, instanceLoader } = nest();
  hookCreation(instanceLoader.InstanceLoader.prototype as InstanceLoader);
  hookStartHooks(core.NestApplicationContext.prototype as unknown as StartHooks);
  hookInit(core.NestApplication.prototype);
}
