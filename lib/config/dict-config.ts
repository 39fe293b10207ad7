/** Configures logging by data: Python's dictConfig. */
import { getHandlerByName, type Handler } from '../core/handler';
import { defaultManager, type Manager } from '../core/manager';
import { having, object, readOptions, type SpecOf } from '../internal/options';
import { ConfigPlace } from './place';
import { ConfigReader, type ConfigPlan } from './reader';
import type { DictConfig } from './schema';
import {
  configuredHandlers,
  flushFiles,
  presentHandlers,
  replaceHandlers,
  adjustLoggers,
  configureLoggers,
} from './loggers';
import type { ConfigFactories } from './factories';

export interface DictConfigOptions {
  /** Classes and functions that `()` and `class` may name. @defaultValue the classes of this package */
  readonly factories?: ConfigFactories;
  /** Values that `ext://name` leads to. @defaultValue `sys.stdout`, `sys.stderr`, and Python's names of levels */
  readonly externals?: Readonly<Record<string, unknown>>;
  /** The tree to configure. @defaultValue the one behind `getLogger` */
  readonly manager?: Manager;
}

const SPEC = {
  factories: object<ConfigFactories>('an object of classes and functions'),
  externals: object<Readonly<Record<string, unknown>>>('an object of values'),
  manager: having<Manager>('getLogger', 'a Manager', { fallback: defaultManager }),
} satisfies SpecOf<DictConfigOptions>;

/** Finds a handler of the tree by its name. The default tree also finds all other named handlers, as in Python. */
function handlerToAdjust(manager: Manager, name: string, place: ConfigPlace): Handler {
  const handler =
    configuredHandlers(manager).get(name) ??
    [...presentHandlers(manager)].find((present) => present.name === name && !present.closed) ??
    (manager.isDefault ? getHandlerByName(name) : undefined);
  if (handler !== undefined) return handler;
  throw place.at('handlers').at(name).error('no handler has this name.', { code: 'ERR_LOG_UNKNOWN_HANDLER' });
}

/** Levels of handlers that exist, and levels and `propagate` of loggers. */
function adjust(manager: Manager, plan: ConfigPlan, place: ConfigPlace): void {
  const levels = [...plan.handlerLevels].map(
    ([name, level]) => [handlerToAdjust(manager, name, place), level] as const,
  );
  // Python takes a level of 0 for none.
  for (const [handler, level] of levels) if (level) handler.setLevel(level);
  adjustLoggers(manager, plan);
}

/**
 * Configures loggers, handlers, formatters and filters by one object. Ports logging.config.dictConfig (CPython 3.14);
 * Python's own configurations load unchanged, as JSON too.
 *
 * Differs:
 * - The whole configuration is checked before anything is changed. One that is refused leaves loggers and handlers as they
 *   were, and no new file or directory behind; CPython closes all handlers first and stops half-way.
 * - Names of classes and functions are looked up in tables: the classes of this package, `factories` and `externals`.
 *   Nothing is imported or evaluated, so a configuration cannot run code that the program did not offer.
 * - Unknown keys are refused. Keywords may be written in camelCase too.
 * - Handlers that refer to others are made in the order that takes, up to 100 in a row; CPython tries twice.
 * - Objects, lists and references lie at most 100 levels deep, and `cfg://` copies at most 20000 values; CPython follows
 *   references until the memory is full.
 * - Of the old handlers those are closed that no logger leads to any more; CPython closes all of the process, also those
 *   that it leaves on loggers.
 *
 * @throws ConfigurationError naming the path, such as `handlers.file.maxBytes`, what must be and what came.
 * @example
 * dictConfig({
 *   version: 1,
 *   handlers: { file: { class: 'FileHandler', filename: 'app.log', formatter: 'json' } },
 *   root: { level: 'INFO', handlers: ['file'] },
 * });
 */
export function dictConfig(config: DictConfig, options: DictConfigOptions = {}): void {
  const place = new ConfigPlace('dictConfig');
  const { manager, factories = {}, externals = {} } = readOptions(SPEC, options, 'dictConfig');
  const plan = new ConfigReader(config, place, { factories, externals }).read();
  if (plan.incremental) return adjust(manager, plan, place);
  const before = presentHandlers(manager);
  flushFiles(before);
  const made = plan.createHandlers();
  configureLoggers(manager, plan, made);
  replaceHandlers(manager, before, made);
}
