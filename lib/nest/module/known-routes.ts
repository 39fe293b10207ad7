/** Checks the paths of `exclude` against the application's routes, and finds the prefix of these routes, at the start. */
import type { ApplicationConfig, HttpAdapterHost, ModulesContainer } from '@nestjs/core';
import { attempt, diagnostics } from '../../core/diagnostics';
import { isArray, readProperty } from '../../internal/foreign';
import { closestWord } from '../../internal/did-you-mean';
import { PathList } from '../../scope/path-list';
import { matches, patternSource } from '../../scope/http/route-pattern';
import type { ApplicationLogs } from '../application/application-logs';
import { fastifyRoutes } from '../hooks/http-requests';
import { nest } from '../nest';

export interface RoutedApplication {
  readonly host: HttpAdapterHost;
  readonly modules: ModulesContainer;
  readonly config: ApplicationConfig;
}

/** Metadata of a controller or its method: its version, or a list of versions. */
const VERSION = '__version__';
/** No application has this route, so a route that matches it matches every path. */
const UNKNOWN_PATH = '/nestjs-hindsight/no/such/route';

/** What may precede the own path of a route. */
interface Prefixes {
  /** The global prefix, such as `/api`; empty without a prefix. */
  readonly global: string;
  /** Such as `/v1`. */
  readonly versions: readonly string[];
}

function versionsOf(modules: ModulesContainer, byDefault: unknown): readonly string[] {
  const found = new Set<unknown>([byDefault].flat());
  const scanner = new (nest().core.MetadataScanner)();
  const add = (holder: object): void => {
    for (const version of [Reflect.getMetadata(VERSION, holder) as unknown].flat()) found.add(version);
  };
  for (const { metatype } of [...modules.values()].flatMap(({ controllers }) => [...controllers.values()])) {
    if (typeof metatype !== 'function') continue;
    add(metatype);
    const methods = metatype.prototype as Record<string, object>;
    for (const name of scanner.getAllMethodNames(methods)) add(methods[name] ?? metatype);
  }
  return [...found].filter((version) => typeof version === 'string');
}

function prefixesOf({ config, modules }: RoutedApplication): Prefixes {
  const given = config.getGlobalPrefix().replaceAll(/^\/+|\/+$/g, '');
  const global = given === '' ? '' : `/${given}`;
  const versioning = config.getVersioning();
  if (versioning?.type !== nest().common.VersioningType.URI) return { global, versions: [] };
  const versionPrefix = versioning.prefix === false ? '' : (versioning.prefix ?? 'v');
  const versions = versionsOf(modules, versioning.defaultVersion);
  return { global, versions: versions.map((version) => `/${versionPrefix}${version}`) };
}

/** The source of a RegExp for one of the patterns, or nothing. */
function optional(patterns: readonly string[]): string {
  return patterns.length === 0 ? '' : `(?:${patterns.map(patternSource).join('|')})?`;
}

function sourceOf({ global, versions }: Prefixes): string {
  return optional(global === '' ? [] : [global]) + optional(versions);
}

/** The routes of Express or Fastify, including those that Nest does not know. */
interface Routes {
  readonly patterns: readonly string[];
  /** One route matches every path, as in a single-page application: its own paths are not known. */
  readonly matchAll: boolean;
  has(path: string): boolean;
}

function matchesPath(pattern: string, path: string): boolean {
  try {
    return matches(pattern, path);
  } catch {
    // A pattern in an unknown syntax may match anything.
    return true;
  }
}

/** The subset of a layer of Express's router that we need: a route, or a middleware with a path. */
interface Layer {
  readonly name: string;
  readonly route?: { readonly path: unknown };
  /** Returns a boolean or an object, depending on the version of the router. */
  match(path: string): unknown;
}

function expressRoutes(instance: unknown, prefix: string): Routes | undefined {
  // Express 4 has `_router`, and its `router` throws. Express 5 has `router`.
  const router = readProperty(instance, '_router') ?? readProperty(instance, 'router');
  const stack = readProperty(router, 'stack');
  if (!isArray(stack)) return undefined;
  const layers = stack as readonly Layer[];
  const isForAll = (layer: Layer): boolean =>
    Boolean(layer.match(UNKNOWN_PATH) || layer.match(prefix + UNKNOWN_PATH));
  // A middleware for all requests usually answers none of them, but one that serves files does.
  const answers = (layer: Layer): boolean => layer.route !== undefined || layer.name === 'serveStatic';
  return {
    patterns: layers
      .flatMap(({ route }) => [route?.path].flat(Infinity))
      .filter((path) => typeof path === 'string'),
    matchAll: layers.some((layer) => answers(layer) && isForAll(layer)),
    has: (path) => layers.some((layer) => Boolean(layer.match(path)) && !isForAll(layer)),
  };
}

function routesOf(adapter: HttpAdapterHost['httpAdapter'], prefix: string): Routes | undefined {
  const patterns = fastifyRoutes(adapter);
  if (patterns === undefined) return expressRoutes(adapter.getInstance(), prefix);
  return {
    patterns,
    matchAll: patterns.some(
      (pattern) => matchesPath(pattern, UNKNOWN_PATH) || matchesPath(pattern, prefix + UNKNOWN_PATH),
    ),
    has: (path) => patterns.some((pattern) => matchesPath(pattern, path)),
  };
}

function isKnown(path: string, routes: Routes, prefixes: Prefixes): boolean {
  const own = new PathList([path]);
  const source = sourceOf(prefixes);
  if (routes.patterns.some((pattern) => own.hasPath(pattern, { source }))) return true;
  return ['', ...prefixes.versions].some(
    (version) => routes.has(version + path) || routes.has(prefixes.global + version + path),
  );
}

function reportUnknown(entries: PathList['entries'], prefixes: Prefixes, routes: Routes | undefined): void {
  if (routes === undefined || routes.matchAll) return;
  const paths = entries.filter((entry) => typeof entry === 'string').filter((entry) => /^\/./.test(entry));
  const unknown = paths.filter((path) => !isKnown(path, routes, prefixes));
  if (unknown.length === 0) return;
  const prefix = new RegExp(`^${sourceOf(prefixes)}`, 'i');
  const ownPaths = routes.patterns.map((pattern) => pattern.replace(prefix, ''));
  const listed = unknown.map((path) => {
    const similar = closestWord(path, ownPaths);
    return `"${path}"${similar === undefined ? '' : ` (did you mean "${similar}"?)`}`;
  });
  diagnostics.report({
    source: 'LoggingModule',
    what:
      `"exclude" has paths that match no route: ${listed.join(', ')}; ` +
      String.raw`for paths that a middleware serves, write a pattern such as /^\/static/`,
  });
}

/**
 * Sets the route prefix for the request logs of an application, and reports the paths of `exclude` that match no route and
 * no beginning of a route. Does not check strings without a leading slash, which may be names of messages, and patterns,
 * which may be for paths that a middleware serves.
 */
export class KnownRoutes {
  readonly #logs: ApplicationLogs;
  readonly #application: RoutedApplication;

  constructor(logs: ApplicationLogs, application: RoutedApplication) {
    this.#logs = logs;
    this.#application = application;
  }

  /** Nest calls this when all routes are registered, before the first request. */
  onApplicationBootstrap(): void {
    attempt('the check of the routes', () => {
      // An application context or a microservice has no adapter.
      const adapter = this.#application.host.httpAdapter as HttpAdapterHost['httpAdapter'] | null | undefined;
      const { scope } = this.#logs.options;
      if (scope === undefined || adapter === null || adapter === undefined) return;
      const prefixes = prefixesOf(this.#application);
      const source = sourceOf(prefixes);
      // Throws here, and not in each request, if the prefix is not a valid RegExp.
      RegExp(source);
      this.#logs.routePrefix.source = source;
      if (typeof scope.exclude === 'object')
        reportUnknown(scope.exclude.entries, prefixes, routesOf(adapter, prefixes.global));
    });
  }
}
