/** The module that an application imports. */
import type { DynamicModule, Provider } from '@nestjs/common';
import { checkedOptions, type OptionNames } from '../../internal/options';
import { RequestMemoryHandler } from '../../scope/request-memory.handler';
import { checkOptions, FOR_ROOT_OPTIONS } from '../application/check-options';
import type { LoggingModuleAsyncOptions, LoggingModuleForRootOptions } from '../application/options';
import {
  getHandlerToken,
  getLoggerToken,
  injectedLoggerNames,
  LOGGING_OPTIONS,
} from '../decorators/injection';
import { LoggingHealthIndicator } from './logging-health-indicator';
import { LoggingService } from './logging.service';
import { handlerProviders, lateHandlerProviders, loggerProviders, optionProviders } from './providers';
import { sharedProviders } from './wiring';

const ASYNC_OPTIONS = {
  imports: true,
  inject: true,
  useFactory: true,
  useClass: true,
  useExisting: true,
  handlerNames: true,
  isGlobal: true,
} as const satisfies OptionNames<LoggingModuleAsyncOptions>;

/** Importing it without `forRoot` does nothing: loggers and handlers come from the application's one `forRoot`. */
export class LoggingModule {
  /**
   * Handlers, levels and request logs of the application. Without options: everything from INFO on the console, and the
   * DEBUG records of requests that fail.
   *
   * @throws ConfigurationError for unknown options, handler names and levels.
   */
  static forRoot(options: LoggingModuleForRootOptions = {}): DynamicModule {
    return LoggingModule.around(LoggingRootModule.withOptions(options));
  }

  /** The same with options that are created when the application starts. */
  static forRootAsync(options: LoggingModuleAsyncOptions): DynamicModule {
    return LoggingModule.around(LoggingRootModule.withLateOptions(options));
  }

  private static around(root: DynamicModule): DynamicModule {
    return { module: LoggingModule, imports: [root], exports: [root] };
  }
}

interface Parts {
  readonly imports: DynamicModule['imports'];
  readonly isGlobal: boolean;
  readonly providers: readonly Provider[];
  /** Names of the handlers that can be injected. */
  readonly handlerNames: readonly string[];
}

/** Has the providers. @internal */
export class LoggingRootModule {
  static withOptions(given: LoggingModuleForRootOptions): DynamicModule {
    const {
      imports = [],
      isGlobal = true,
      ...options
    } = checkedOptions('LoggingModule', given, FOR_ROOT_OPTIONS);
    const checked = checkOptions(options);
    return LoggingRootModule.assemble({
      imports: [...imports],
      isGlobal,
      providers: [{ provide: LOGGING_OPTIONS, useValue: checked }, ...handlerProviders(checked)],
      handlerNames: Object.keys(checked.handlers),
    });
  }

  static withLateOptions(given: LoggingModuleAsyncOptions): DynamicModule {
    const options = checkedOptions('LoggingModule.forRootAsync', given, ASYNC_OPTIONS);
    const { imports = [], isGlobal = true, handlerNames = [] } = options;
    return LoggingRootModule.assemble({
      imports: [...imports],
      isGlobal,
      providers: [...optionProviders(options), ...lateHandlerProviders(handlerNames)],
      handlerNames,
    });
  }

  /**
   * Providers and exports are getters: Nest reads them when it scans the modules. By then all classes that inject a logger
   * are decorated, even those declared after the call of `forRoot`.
   */
  private static assemble({ imports = [], isGlobal, providers, handlerNames }: Parts): DynamicModule {
    return {
      module: LoggingRootModule,
      global: isGlobal,
      imports,
      get providers(): Provider[] {
        return [...providers, ...sharedProviders(), ...loggerProviders()];
      },
      get exports(): NonNullable<DynamicModule['exports']> {
        return [
          RequestMemoryHandler,
          LoggingService,
          LoggingHealthIndicator,
          ...handlerNames.map(getHandlerToken),
          ...injectedLoggerNames().map(getLoggerToken),
        ];
      },
    };
  }
}
