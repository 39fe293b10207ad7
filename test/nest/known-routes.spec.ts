/** Against adapters that only tell their routes; real ones are asked in test/e2e/nest/exclude.spec.ts and test/packed. */
import { RequestMethod, VersioningType } from '@nestjs/common';
import { ApplicationConfig, HttpAdapterHost, ModulesContainer } from '@nestjs/core';
import { describe, expect, it } from 'vitest';
import { diagnostics } from '../../lib/core/diagnostics';
import { Manager } from '../../lib/core/manager';
import { ApplicationLogs } from '../../lib/nest/application-logs';
import { checkOptions } from '../../lib/nest/check-options';
import { addFastifyHooks } from '../../lib/nest/hooks/fastify-hooks';
import { KnownRoutes } from '../../lib/nest/known-routes';
import type { RequestLogOptions } from '../../lib/nest/logging.options';
import { compileScopeOptions } from '../../lib/scope/compile-options';
import { CollectingHandler } from '../../lib/testing';
import { capturedStderr } from '../support/captured-stderr';

type Told = { readonly source: string; readonly text: string };

function fastify(urls: readonly string[]): object {
  const instance = {
    addHook: (name: string, hook: (route: object) => void): void => {
      if (name === 'onRoute') urls.forEach((url) => hook({ url }));
    },
  };
  const adapter = { getType: () => 'fastify', getInstance: () => instance };
  addFastifyHooks(adapter, { options: compileScopeOptions({}), tree: new Manager() });
  return adapter;
}

function tell(
  adapter: object | undefined,
  logIfErrors: RequestLogOptions | false,
  config: ApplicationConfig = new ApplicationConfig(),
): Told {
  // What was reported ten seconds before is only counted.
  diagnostics.flush();
  const stderr = capturedStderr();
  const handlers = { seen: new CollectingHandler() };
  const options = checkOptions({ handlers, logIfErrors });
  const logs = new ApplicationLogs(new Manager(), options, new Map(Object.entries(handlers)));
  const host = new HttpAdapterHost();
  if (adapter !== undefined) host.httpAdapter = adapter as HttpAdapterHost['httpAdapter'];
  new KnownRoutes(logs, { host, modules: new ModulesContainer(), config }).onApplicationBootstrap();
  return { source: logs.routePrefix.source, text: stderr.text };
}

function behind(prefix: string): ApplicationConfig {
  const config = new ApplicationConfig();
  config.setGlobalPrefix(prefix);
  config.enableVersioning({ type: VersioningType.URI, defaultVersion: ['1', '2'] });
  return config;
}

describe('KnownRoutes', () => {
  it('tells what stands in front of the routes: prefix and versions, each or none', () => {
    const source = new RegExp(`^${tell(fastify([]), {}, behind('/a.b/')).source}$`);

    expect(['', '/a.b', '/v1', '/a.b/v2'].every((front) => source.test(front))).toBe(true);
    expect(['/axb', '/v3', '/v1/a.b', '/a.b/'].some((front) => source.test(front))).toBe(false);
  });

  it('tells nothing where there is neither', () => {
    const config = new ApplicationConfig();
    config.setGlobalPrefixOptions({
      exclude: [{ path: 'x', requestMethod: RequestMethod.ALL, pathRegex: /x/ }],
    });
    config.enableVersioning({ type: VersioningType.HEADER, header: 'x-version', defaultVersion: '1' });

    expect(tell(fastify([]), {}, config).source).toBe('');
  });

  it.each([
    ['/health', ['/api/v1/health']],
    ['/orders/7', ['/api/v2/orders/:id']],
    ['/orders', ['/api/orders/:id']],
    ['/anything', ['/*']],
    ['/anything', ['/api/*']],
    ['/anything', ['/{odd']],
    ['/', []],
  ])('says nothing of %s where the routes are %s', (path, urls) => {
    expect(tell(fastify(urls), { exclude: [path] }, behind('api')).text).toBe('');
  });

  it('says which paths are no route, once, and what was meant by them', () => {
    const { text } = tell(fastify(['/api/v1/health']), { exclude: ['/heatlh', '/status'] }, behind('api'));

    expect(text).toContain('"/heatlh" (did you mean "/health"?), "/status";');
  });

  it.each<[string, object | undefined, RequestLogOptions | false]>([
    ['an application without a server', undefined, { exclude: ['/x'] }],
    ['requests without scopes', fastify([]), false],
    ['a function', fastify([]), { exclude: () => false }],
    ['an adapter whose routes are not known', { getInstance: () => ({}) }, { exclude: ['/x'] }],
  ])('says nothing of %s', (_what, adapter, logIfErrors) => {
    expect(tell(adapter, logIfErrors).text).toBe('');
  });

  it('reports a prefix that it cannot read, and starts the application', () => {
    const { source, text } = tell(fastify([]), {}, behind('{odd'));

    expect(source).toBe('');
    expect(text).toContain('the look at the routes failed');
  });
});
