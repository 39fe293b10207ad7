/** Sees that an application starts, and that its start has failed: nobody can close it then, so its handlers are closed here. */
import type { NestApplication } from '@nestjs/core';
import { readProperty } from '../../internal/foreign';
import { endApplication } from '../handler-lifecycle.service';
import { applications } from '../applications';
import { nest } from '../nest';
import { nestLoggerBridge } from '../nest-logger-bridge';
import { wrapMethod } from './wrap-method';

/** What we need of Nest's InstanceLoader. */
interface InstanceLoader {
  createInstancesOfDependencies(modules?: object): Promise<void>;
}

/** NestApplicationContext calls the lifecycle hooks of modules in these. They are protected; every application inherits them. */
const START_HOOKS = ['callInitHook', 'callBootstrapHook'] as const;

type StartHooks = Record<(typeof START_HOOKS)[number], () => Promise<void>>;

function modulesOf(owner: object): object | undefined {
  const container = readProperty(owner, 'container') as { getModules?: () => object } | undefined;
  return container?.getModules?.();
}

/** Runs after the code that awaits the start. What that code logs about the failure still goes to the handlers. */
function afterwards(work: () => void): void {
  setImmediate(work);
}

/** Closes the handlers of an application that could not be created. */
function endUnmade(modules: object): void {
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
      // LazyModuleLoader passes modules of its own. When these fail, the application goes on.
      const isWhole = args[0] === undefined || args[0] === modules;
      if (modules !== undefined && isWhole) endUnmade(modules);
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

/** A logger that the program sets with `app.useLogger()` is set by then. */
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
