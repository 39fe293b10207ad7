/**
 * Nest at run time, in the copy that the application has. Runners that translate ES modules (tsx, or vitest and Jest in a
 * VM context) give a CommonJS file another copy of Nest 12 than they give ES modules; so the ES module of this package
 * imports Nest itself and hands it over. It is asked for at the first use and never while a file loads: some of these
 * runners load a CommonJS file before the ES modules that stand in front of it.
 */
import { createRequire } from 'node:module';

export interface NestPackages {
  readonly common: typeof import('@nestjs/common');
  readonly core: typeof import('@nestjs/core');
  readonly exceptionsHandler: typeof import('@nestjs/core/exceptions/exceptions-handler.js');
  readonly externalExceptionsHandler: typeof import('@nestjs/core/exceptions/external-exceptions-handler.js');
  readonly instanceLoader: typeof import('@nestjs/core/injector/instance-loader.js');
  /** Loads a file of another package of Nest in the same way. */
  readonly loadFile: (path: string) => Promise<unknown>;
}

let packages: NestPackages | undefined;

function requireNest(): NestPackages {
  // The names stand here as they are, so that a bundler finds the packages.
  return {
    common: require('@nestjs/common') as NestPackages['common'],
    core: require('@nestjs/core') as NestPackages['core'],
    exceptionsHandler:
      require('@nestjs/core/exceptions/exceptions-handler.js') as NestPackages['exceptionsHandler'],
    externalExceptionsHandler:
      require('@nestjs/core/exceptions/external-exceptions-handler.js') as NestPackages['externalExceptionsHandler'],
    instanceLoader: require('@nestjs/core/injector/instance-loader.js') as NestPackages['instanceLoader'],
    loadFile: async (path) => createRequire(path)(path) as unknown,
  };
}

/** Called by the ES module of this package, before the application runs. */
export function useNest(imported: NestPackages): void {
  packages = imported;
}

export function nest(): NestPackages {
  return (packages ??= requireNest());
}
