/** Loggers for unit tests of classes that have `@InjectLogger()`, without the module of an application. */
import type { Logger } from '../core/logger';
import { getLogger } from '../core/manager';
import { LOGGER_TOKEN } from '../internal/logger-token';

/** A provider of Nest. */
export interface LoggerProvider {
  readonly provide: string;
  readonly useValue: Logger;
}

/** Under these keys `@Inject()` of Nest keeps what a class asks for, by parameter and by property. */
const ASKED = ['self:paramtypes', 'self:properties_metadata'] as const;

interface Asked {
  /** Of a parameter. */
  readonly param?: unknown;
  /** Of a property. */
  readonly type?: unknown;
}

function tokensOf(type: object): string[] {
  // Without reflect-metadata nothing can have been decorated.
  if (!('getMetadata' in Reflect)) return [];
  return ASKED.flatMap((key) => (Reflect.getMetadata(key, type) ?? []) as readonly Asked[])
    .map(({ param, type: property }) => param ?? property)
    .filter((token): token is string => typeof token === 'string' && token.startsWith(LOGGER_TOKEN));
}

/**
 * Providers of the loggers that these classes ask for with `@InjectLogger()`: those of `getLogger()`, which write nothing
 * below WARNING unless the test gives them a handler or `bufferUntilFailure()` collects what they log.
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
