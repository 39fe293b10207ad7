/** Providers of loggers for unit tests of classes with `@InjectLogger()`, without LoggingModule. */
import type { Logger } from '../core/logger';
import { getLogger } from '../core/manager';
import { LOGGER_TOKEN } from '../internal/logger-token';

/** A Nest provider. */
export interface LoggerProvider {
  readonly provide: string;
  readonly useValue: Logger;
}

/** The metadata keys under which Nest's `@Inject()` stores tokens, for parameters and for properties. */
const INJECTED = ['self:paramtypes', 'self:properties_metadata'] as const;

interface Injected {
  /** The token of a parameter. */
  readonly param?: unknown;
  /** The token of a property. */
  readonly type?: unknown;
}

function tokensOf(type: object): string[] {
  // Without reflect-metadata no class can have decorators.
  if (!('getMetadata' in Reflect)) return [];
  return INJECTED.flatMap((key) => (Reflect.getMetadata(key, type) ?? []) as readonly Injected[])
    .map(({ param, type: property }) => param ?? property)
    .filter((token): token is string => typeof token === 'string' && token.startsWith(LOGGER_TOKEN));
}

/**
 * Returns providers for the loggers that these classes inject with `@InjectLogger()`. They are those of `getLogger()`, which
 * write nothing below WARNING unless the test adds a handler or uses `bufferUntilFailure()`.
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
