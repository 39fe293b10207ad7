/** Sees when an application starts, and that it could not: nobody can close it then, and no record may go on to its handlers. */
import type { NestApplication, NestApplicationContext } from '@nestjs/core';
import type { InstanceLoader } from '@nestjs/core/injector/instance-loader.js';
import { readProperty } from '../../internal/foreign';
import { endApplication } from '../handler-lifecycle.service';
import { liveApplications } from '../live-applications';
import { nest } from '../nest';
import { nestLoggerBridge } from '../nest-logger-bridge';

/** Of this copy of the package, which knows its own applications only. */
const HOOKED = Symbol('nestjs-hindsight/start-hook');

/** The hooks of modules at the start. They are protected, and all kinds of applications have them from here. */
const START_HOOKS = ['callInitHook', 'callBootstrapHook'] as const;

type StartHooks = Record<(typeof START_HOOKS)[number], () => Promise<void>>;

function modulesOf(owner: object): object | undefined {
  const container = readProperty(owner, 'container') as { getModules?: () => object } | undefined;
  return container?.getModules?.();
}

/** After the code that learns of the failure, whose records still go to the handlers. */
function afterwards(work: () => void): void {
  setImmediate(work);
}

/** There is no application that could be closed. */
function endUnmade(modules: object): void {
  liveApplications.markFailed(modules);
  afterwards(() => {
    for (const logs of liveApplications.allOfModules(modules)) void endApplication(logs);
  });
}

function watchCreation(prototype: InstanceLoader): void {
  // eslint-disable-next-line typescript/unbound-method -- called with the loader's own `this`
  const create = prototype.createInstancesOfDependencies;
  prototype.createInstancesOfDependencies = async function createWithHindsight(
    this: InstanceLoader,
    ...args: Parameters<InstanceLoader['createInstancesOfDependencies']>
  ): Promise<void> {
    try {
      await create.apply(this, args);
    } catch (error) {
      const modules = modulesOf(this);
      // LazyModuleLoader gives modules of its own: when they fail, the application goes on.
      const isWhole = args[0] === undefined || args[0] === modules;
      if (modules !== undefined && isWhole) endUnmade(modules);
      throw error;
    }
  };
}

function watchStartHooks(prototype: StartHooks): void {
  for (const name of START_HOOKS) {
    const call = prototype[name];
    prototype[name] = async function startWithHindsight(this: NestApplicationContext): Promise<void> {
      try {
        await call.call(this);
      } catch (error) {
        const modules = modulesOf(this);
        // The application may still be closed: its handlers stay open until then.
        afterwards(() => {
          if (modules === undefined) return;
          for (const logs of liveApplications.allOfModules(modules)) liveApplications.letGo(logs);
        });
        throw error;
      }
    };
  }
}

/** The logger that the application gave with `app.useLogger()` is there by then. */
function watchInit(prototype: NestApplication): void {
  // eslint-disable-next-line typescript/unbound-method -- called with the application's own `this`
  const { init } = prototype;
  prototype.init = async function initWithHindsight(this: NestApplication): Promise<NestApplication> {
    nestLoggerBridge.writeBootLines();
    return init.call(this);
  };
}

/** Wraps methods of Nest's prototypes, once. Must run before the providers are made. */
export function installStartHook(): void {
  const { core, instanceLoader } = nest();
  const prototype = instanceLoader.InstanceLoader.prototype as InstanceLoader & { [HOOKED]?: true };
  if (prototype[HOOKED] === true) return;
  prototype[HOOKED] = true;
  watchCreation(prototype);
  watchStartHooks(core.NestApplicationContext.prototype as unknown as StartHooks);
  watchInit(core.NestApplication.prototype);
}
