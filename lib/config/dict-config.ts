/** Configures logging from data, like Python's dictConfig. */
import { getHandlerByName, type Handler } from '../core/handler';
import { defaultManager, type Manager } from '../core/manager';
import { lazy } from '../internal/lazy';
import { having, object, readOptions, type SpecOf } from '../internal/options';
import type { ConfigFactories } from './factories';
import type { ConfigPlace } from './place';
import type { ConfigPlan } from './reader';
import type { DictConfig } from './schema';

const loadLoggers = lazy(() => require('./loggers') as typeof import('./loggers'));
const loadPlace = lazy(() => require('./place') as typeof import('./place'));
const loadReader = lazy(() => require('./reader') as typeof import('./reader'));

export interface DictConfigOptions {
  /** Classes and functions that `()` and `class` may name. @defaultValue the classes of this package */
  readonly factories?: ConfigFactories;
  /** Values for `ext://name`. @defaultValue `sys.stdout`, `sys.stderr`, and Python's level names */
  readonly externals?: Readonly<Record<string, unknown>>;
  /** The manager of the loggers to configure. @defaultValue the one that `getLogger` uses */
  readonly manager?: Manager;
}

const SPEC = {
  factories: object<ConfigFactories>('an object of classes and functions'),
  externals: object<Readonly<Record<string, unknown>>>('an object of values'),
  manager: having<Manager>('getLogger', 'a Manager', { fallback: defaultManager }),
} satisfies SpecOf<DictConfigOptions>;

/** Finds a handler of the manager by name. The default manager also finds all other named handlers, as in Python. */
function handlerToAdjust(manager: Manager, name: string, place: ConfigPlace): Handler {
  const { configuredHandlers, presentHandlers } = loadLoggers();
  const handler =
    configuredHandlers(manager).get(name) ??
    [...presentHandlers(manager)].find((present) => present.name === name && !present.closed) ??
    (manager.isDefault ? getHandlerByName(name) : undefined);
  if (handler !== undefined) return handler;
  throw place.at('handlers').at(name).error('no handler has this name.', { code: 'ERR_LOG_UNKNOWN_HANDLER' });
}

/** Sets the levels of existing handlers, and levels and `propagate` of loggers. */
function adjust(manager: Manager, plan: ConfigPlan, place: ConfigPlace): void {
  const levels = [...plan.handlerLevels].map(
    ([name, level]) => [handlerToAdjust(manager, name, place), level] as const,
  );
  // As in Python, level 0 means that no level is given.
  for (const [handler, level] of levels) if (level) handler.setLevel(level);
  loadLoggers().adjustLoggers(manager, plan);
}

/**
 * Configures loggers, handlers, formatters and filters from one object. Ports logging.config.dictConfig (CPython 3.14).
 * Configurations of Python programs load unchanged, also from JSON.
 *
 * Differs:
 * - The whole configuration is checked before anything is changed. If it is invalid, loggers and handlers stay unchanged,
 *   and no new file or directory remains. CPython closes all handlers first and stops half-way.
 * - Names of classes and functions are looked up in tables: the classes of this package, `factories` and `externals`.
 *   Nothing is imported or evaluated, so a configuration can only run code that the program has registered.
 * - Unknown keys are errors. Keys may also be written in camelCase.
 * - Handlers are created after the handlers they refer to, in chains of up to 100; CPython only tries twice.
 * - Objects, lists and references are nested at most 100 levels deep, and `cfg://` copies at most 20000 values; CPython
 *   follows references until the memory is full.
 * - Only old handlers that no logger uses any more are closed. CPython closes all handlers of the process, even those
 *   that loggers still use.
 *
 * @throws ConfigurationError with the path, such as `handlers.file.maxBytes`, the expected and the given value.
 * @example
 * dictConfig({
 *   version: 1,
 *   handlers: { file: { class: 'FileHandler', filename: 'app.log', formatter: 'json' } },
 *   root: { level: 'INFO', handlers: ['file'] },
 * });
 */
export function dictConfig(config: DictConfig, options: DictConfigOptions = {}): void {
  const place = new (loadPlace().ConfigPlace)('dictConfig');
  const { manager, factories = {}, externals = {} } = readOptions(SPEC, options, 'dictConfig');
  const plan = new (loadReader().ConfigReader)(config, place, { factories, externals }).read();
  if (plan.incremental) return adjust(manager, plan, place);
  const { configureLoggers, flushFiles, presentHandlers, replaceHandlers } = loadLoggers();
  const before = presentHandlers(manager);
  flushFiles(before);
  const made = plan.createHandlers();
  configureLoggers(manager, plan, made);
  replaceHandlers(manager, before, made);
}
