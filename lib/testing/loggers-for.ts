/** Loggers for unit tests of classes with `@InjectLogger()`, without LoggingModule. */
import type { Logger } from '../core/logger';
import { getLogger } from '../core/manager';
import { LOGGER_TOKEN } from '../internal/logger-token';

/** A Nest provider. */
export interface LoggerProvider {
  readonly provide: string;
  readonly useValue: Logger;
}

/** The metadata keys under which Nest's `@Inject()` stores the dependencies of a class, by parameter and by property. */
const ASKED = ['self:paramtypes', 'self:properties_metadata'] as const;

interface Asked {
  /** Index of a parameter. */
  readonly param?: unknown;
  /** Name of a property. */
  readonly type?: unknown;
}

function tokensOf(type: object): string[] {
  // Without reflect-metadata there are no decorated classes.
  if (!('getMetadata' in Reflect)) return [];
  return ASKED.flatMap((key) => (Reflect.getMetadata(key, type) ?? []) as readonly Asked[])
    .map(({ param, type: property }) => param ?? property)
    .filter((token): token is string => typeof token === 'string' && token.startsWith(LOGGER_TOKEN));
}

/**
 * Providers of the loggers that these classes inject with `@InjectLogger()`. They are the loggers of `getLogger()`, which write
 * nothing below WARNING unless the test adds a handler or uses `bufferUntilFailure()`.
 *
 * @example
 * Test.createTestingModule({ providers: [UserService, ...loggersFor(UserService)] });
 */
export function loggersFor(
  ...types: readonly (abstract new (...args: never[]) => object)[]
): LoggerProvider[] {
  const tokens = new Set(types.flatMap((type) => tokensOf(type)));
  return [...tokens].map((provide) => ({
    provide,
    useValue: getLogger(provide.slice(LOGGER_TOKEN.length)),
  }));
}
