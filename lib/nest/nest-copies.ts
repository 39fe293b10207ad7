/** Finds out whether the application runs with the copy of Nest that this package has loaded. */
import { join } from 'node:path';
import { diagnostics } from '../core/diagnostics';
import { ConfigurationError } from '../errors';
import { resolveBeside, resolveFrom } from '../internal/optional-peer';

function sentence(name: string, ours: string | undefined, theirs: string | undefined): string {
  const places =
    theirs === undefined || ours === theirs
      ? `"${ours}" is loaded twice, perhaps once by require and once by import`
      : `the application has "${theirs}", nestjs-hindsight has "${ours}"`;
  return `there are two copies of ${name}: ${places}; let one package.json install both, run \`npm dedupe\`, and load both in the same way.`;
}

/**
 * @param injected - what Nest injects by a class of the copy that is loaded here; undefined if the application does not
 * know that class
 * @throws ConfigurationError `ERR_LOG_STATE` that names both copies.
 */
export function assertSameCore(injected: unknown): void {
  if (injected !== undefined) return;
  const ours = resolveFrom(__filename, '@nestjs/core');
  const theirs = resolveFrom(join(process.cwd(), 'package.json'), '@nestjs/core');
  throw new ConfigurationError(`LoggingModule: ${sentence('@nestjs/core', ours, theirs)}`, {
    code: 'ERR_LOG_STATE',
  });
}

/** Reports a second copy of `@nestjs/common`: what the application writes with its Logger would not be seen. */
export function reportSecondCommon(): void {
  const ours = resolveFrom(__filename, '@nestjs/common');
  const theirs = resolveBeside('@nestjs/core', '@nestjs/common');
  if (ours === theirs) return;
  diagnostics.report({ source: 'LoggingModule', what: sentence('@nestjs/common', ours, theirs) });
}
