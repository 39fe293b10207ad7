/** The module an application imports. */
import type { DynamicModule } from '@nestjs/common';
import { LoggingRootModule } from './logging-root.module';
import type { LoggingModuleAsyncOptions, LoggingModuleForRootOptions } from './logging.options';

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

  /** The same with options that are made when the application starts. */
  static forRootAsync(options: LoggingModuleAsyncOptions): DynamicModule {
    return LoggingModule.around(LoggingRootModule.withLateOptions(options));
  }

  private static around(root: DynamicModule): DynamicModule {
    return { module: LoggingModule, imports: [root], exports: [root] };
  }
}
