/** What an application knows of its routes when it starts: what stands in front of their paths, and what none of them is. */
import type { ApplicationConfig, HttpAdapterHost, ModulesContainer } from '@nestjs/core';
import { attempt, diagnostics } from '../core/diagnostics';
import { isArray, readProperty } from '../internal/foreign';
import { closestWord } from '../internal/did-you-mean';
import { PathList } from '../scope/path-list';
import { matches, patternSource } from '../scope/http/route-pattern';
import type { ApplicationLogs } from './application-logs';
import { fastifyRoutes } from './hooks/fastify-hooks';
import { nest } from './nest';

export interface RoutedApplication {
  readonly host: HttpAdapterHost;
  readonly modules: ModulesContainer;
  readonly config: ApplicationConfig;
}

/** Metadata of a controller or its method: its version, or a list of them. */
const VERSION = '__version__';
/** No application has it, so whatever takes it takes every path. */
const NOWHERE = '/nestjs-hindsight/no/such/route';

/** The texts that may stand in front of a route's own path; each may be missing. */
interface Fronts {
  /** Such as `/api`; empty where there is none. */
  readonly prefix: string;
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

function frontsOf({ config, modules }: RoutedApplication): Fronts {
  const given = config.getGlobalPrefix().replaceAll(/^\/+|\/+$/g, '');
  const prefix = given === '' ? '' : `/${given}`;
  const versioning = config.getVersioning();
  if (versioning?.type !== nest().common.VersioningType.URI) return { prefix, versions: [] };
  const mark = versioning.prefix === false ? '' : (versioning.prefix ?? 'v');
  const versions = versionsOf(modules, versioning.defaultVersion);
  return { prefix, versions: versions.map((version) => `/${mark}${version}`) };
}

/** One of the patterns, or nothing. */
function optional(patterns: readonly string[]): string {
  return patterns.length === 0 ? '' : `(?:${patterns.map(patternSource).join('|')})?`;
}

function sourceOf({ prefix, versions }: Fronts): string {
  return optional(prefix === '' ? [] : [prefix]) + optional(versions);
}

/** The routes of the framework, also those that are not Nest's. */
interface Routes {
  readonly patterns: readonly string[];
  /** One route takes every path, as that of a single-page application: nothing is known of what it answers. */
  readonly takeAll: boolean;
  has(path: string): boolean;
}

function takes(pattern: string, path: string): boolean {
  try {
    return matches(pattern, path);
  } catch {
    // A pattern of a router that is not known here may be anything.
    return true;
  }
}

/** What is used of a layer in the stack of Express's router: a route, or a middleware at a path. */
interface Layer {
  readonly name: string;
  readonly route?: { readonly path: unknown };
  /** Its answer is a boolean or an object, depending on the version of the router. */
  match(path: string): unknown;
}

function expressRoutes(instance: unknown, prefix: string): Routes | undefined {
  // Express 4; the `router` of Express 5 throws there.
  const router = readProperty(instance, '_router') ?? readProperty(instance, 'router');
  const stack = readProperty(router, 'stack');
  if (!isArray(stack)) return undefined;
  const layers = stack as readonly Layer[];
  const isForAll = (layer: Layer): boolean => Boolean(layer.match(NOWHERE) || layer.match(prefix + NOWHERE));
  // A middleware for all requests answers none of them, but one for files may.
  const takesAll = (layer: Layer): boolean => layer.route !== undefined || layer.name === 'serveStatic';
  return {
    patterns: layers
      .flatMap(({ route }) => [route?.path].flat(Infinity))
      .filter((path) => typeof path === 'string'),
    takeAll: layers.some((layer) => takesAll(layer) && isForAll(layer)),
    has: (path) => layers.some((layer) => Boolean(layer.match(path)) && !isForAll(layer)),
  };
}

function routesOf(adapter: HttpAdapterHost['httpAdapter'], prefix: string): Routes | undefined {
  const patterns = fastifyRoutes(adapter);
  if (patterns === undefined) return expressRoutes(adapter.getInstance(), prefix);
  return {
    patterns,
    takeAll: patterns.some((pattern) => takes(pattern, NOWHERE) || takes(pattern, prefix + NOWHERE)),
    has: (path) => patterns.some((pattern) => takes(pattern, path)),
  };
}

function isKnown(path: string, routes: Routes, fronts: Fronts): boolean {
  const own = new PathList([path]);
  const source = sourceOf(fronts);
  if (routes.patterns.some((pattern) => own.hasPath(pattern, { source }))) return true;
  return ['', ...fronts.versions].some(
    (version) => routes.has(version + path) || routes.has(fronts.prefix + version + path),
  );
}

function reportUnknown(entries: PathList['entries'], fronts: Fronts, routes: Routes | undefined): void {
  if (routes === undefined || routes.takeAll) return;
  const paths = entries.filter((entry) => typeof entry === 'string').filter((entry) => /^\/./.test(entry));
  const unknown = paths.filter((path) => !isKnown(path, routes, fronts));
  if (unknown.length === 0) return;
  const front = new RegExp(`^${sourceOf(fronts)}`, 'i');
  const ownPaths = routes.patterns.map((pattern) => pattern.replace(front, ''));
  const named = unknown.map((path) => {
    const meant = closestWord(path, ownPaths);
    return `"${path}"${meant === undefined ? '' : ` (did you mean "${meant}"?)`}`;
  });
  diagnostics.report({
    source: 'LoggingModule',
    what:
      `"exclude" lists what is no route and has none below it: ${named.join(', ')}; ` +
      String.raw`for what a middleware serves, write a pattern such as /^\/static/`,
  });
}

/**
 * Tells the request logs of an application what stands in front of its routes, and reports the paths of `exclude` that are
 * no route and have none below them. Texts without a slash in front may be the names of messages, and patterns may be meant
 * for what a middleware serves.
 */
export class KnownRoutes {
  readonly #logs: ApplicationLogs;
  readonly #application: RoutedApplication;

  constructor(logs: ApplicationLogs, application: RoutedApplication) {
    this.#logs = logs;
    this.#application = application;
  }

  /** Nest calls it when all routes are there, and no request has come. */
  onApplicationBootstrap(): void {
    attempt('the look at the routes', () => {
      // An application context or a microservice has no adapter.
      const adapter = this.#application.host.httpAdapter as HttpAdapterHost['httpAdapter'] | null | undefined;
      const { scope } = this.#logs.options;
      if (scope === undefined || adapter === null || adapter === undefined) return;
      const fronts = frontsOf(this.#application);
      const source = sourceOf(fronts);
      // A prefix that makes no RegExp is found here and not in each request.
      RegExp(source);
      this.#logs.routePrefix.source = source;
      if (typeof scope.exclude === 'object')
        reportUnknown(scope.exclude.entries, fronts, routesOf(adapter, fronts.prefix));
    });
  }
}
