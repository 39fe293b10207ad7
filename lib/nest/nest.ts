/** Loads the copy of Nest that the application runs with, and checks for missing and second copies. */
// The entry `nestjs-hindsight` loads this file first: it reports a missing peer before an import fails.
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { diagnostics } from '../core/diagnostics';
import { ConfigurationError } from '../errors';
import { assertPeer, resolveBeside, resolveFrom } from '../internal/optional-peer';

export interface NestPackages {
  readonly common: typeof import('@nestjs/common');
  readonly core: typeof import('@nestjs/core');
  readonly exceptionsHandler: typeof import('@nestjs/core/exceptions/exceptions-handler.js');
  readonly externalExceptionsHandler: typeof import('@nestjs/core/exceptions/external-exceptions-handler.js');
  readonly instanceLoader: typeof import('@nestjs/core/injector/instance-loader.js');
  /** Loads a file of another Nest package in the same way. */
  readonly loadFile: (path: string) => Promise<unknown>;
}

for (const peer of ['@nestjs/common', '@nestjs/core', 'rxjs', 'reflect-metadata']) {
  assertPeer(
    peer,
    'nestjs-hindsight (without Nest, import nestjs-hindsight/express or nestjs-hindsight/logging)',
    '@nestjs/common @nestjs/core rxjs reflect-metadata',
  );
}

let packages: NestPackages | undefined;

function requireNest(): NestPackages {
  // Literal names, so that a bundler finds the packages.
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

/** The ES module of this package passes the Nest packages that it has imported, before the application runs. */
export function useNest(imported: NestPackages): void {
  packages = imported;
}

/**
 * The Nest packages. Runners that translate ES modules (tsx; vitest and Jest in a VM context) give a CommonJS file another
 * copy of Nest 12 than ES modules get. Therefore our ES module imports Nest and passes it to `useNest()`. Do not call this
 * while a file is loading: some of these runners load a CommonJS file before the ES modules that are imported above it.
 */
export function nest(): NestPackages {
  return (packages ??= requireNest());
}

function describeCopies(name: string, ours: string | undefined, theirs: string | undefined): string {
  const places =
    theirs === undefined || ours === theirs
      ? `"${ours}" is loaded twice, perhaps once by require and once by import`
      : `the application has "${theirs}", nestjs-hindsight has "${ours}"`;
  return `there are two copies of ${name}: ${places}; let one package.json install both, run \`npm dedupe\`, and load both in the same way.`;
}

/**
 * @param injected - what Nest injects for a class of our copy of `@nestjs/core`; undefined if the application has another
 * copy, which does not know that class
 * @throws ConfigurationError `ERR_LOG_STATE` that names both copies.
 */
export function assertSameCore(injected: unknown): void {
  if (injected !== undefined) return;
  const ours = resolveFrom(__filename, '@nestjs/core');
  const theirs = resolveFrom(join(process.cwd(), 'package.json'), '@nestjs/core');
  throw new ConfigurationError(`LoggingModule: ${describeCopies('@nestjs/core', ours, theirs)}`, {
    code: 'ERR_LOG_STATE',
  });
}

/** Reports a second copy of `@nestjs/common`: we would not see what the application logs with that copy's Logger. */
export function reportSecondCommon(): void {
  const ours = resolveFrom(__filename, '@nestjs/common');
  const theirs = resolveBeside('@nestjs/core', '@nestjs/common');
  if (ours === theirs) return;
  diagnostics.report({ source: 'LoggingModule', what: describeCopies('@nestjs/common', ours, theirs) });
}
