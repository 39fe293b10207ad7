/** With adapters that only have routes. test/e2e/nest/exclude.spec.ts uses a real one. */
import { RequestMethod, VersioningType } from '@nestjs/common';
import { ApplicationConfig, HttpAdapterHost, ModulesContainer } from '@nestjs/core';
import { describe, expect, it } from 'vitest';
import { diagnostics } from '../../../lib/core/diagnostics';
import { Manager } from '../../../lib/core/manager';
import { addFastifyHooks } from '../../../lib/nest/hooks/http-requests';
import { KnownRoutes } from '../../../lib/nest/module/known-routes';
import type { RequestLogOptions } from '../../../lib/nest/application/options';
import { compileScopeOptions } from '../../../lib/scope/compile-options';
import { capturedStderr } from '../../support/captured-stderr';
import { logsOf } from '../../support/live-application';

type Checked = { readonly source: string; readonly text: string };

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

function check(
  adapter: object | undefined,
  logIfErrors: RequestLogOptions | false,
  config: ApplicationConfig = new ApplicationConfig(),
): Checked {
  // A report is printed once within ten seconds.
  diagnostics.flush();
  const stderr = capturedStderr();
  const logs = logsOf({ logIfErrors });
  const host = new HttpAdapterHost();
  if (adapter !== undefined) host.httpAdapter = adapter as HttpAdapterHost['httpAdapter'];
  new KnownRoutes(logs, { host, modules: new ModulesContainer(), config }).onApplicationBootstrap();
  return { source: logs.routePrefix.source, text: stderr.text };
}

function withPrefix(prefix: string): ApplicationConfig {
  const config = new ApplicationConfig();
  config.setGlobalPrefix(prefix);
  config.enableVersioning({ type: VersioningType.URI, defaultVersion: ['1', '2'] });
  return config;
}

describe('KnownRoutes', () => {
  it('finds the prefix of the routes: the global prefix and the versions, each optional', () => {
    const source = new RegExp(`^${check(fastify([]), {}, withPrefix('/a.b/')).source}$`);

    expect(['', '/a.b', '/v1', '/a.b/v2'].every((front) => source.test(front))).toBe(true);
    expect(['/axb', '/v3', '/v1/a.b', '/a.b/'].some((front) => source.test(front))).toBe(false);
  });

  it('finds no prefix if there is neither', () => {
    const config = new ApplicationConfig();
    config.setGlobalPrefixOptions({
      exclude: [{ path: 'x', requestMethod: RequestMethod.ALL, pathRegex: /x/ }],
    });
    config.enableVersioning({ type: VersioningType.HEADER, header: 'x-version', defaultVersion: '1' });

    expect(check(fastify([]), {}, config).source).toBe('');
  });

  it.each([
    ['/health', ['/api/v1/health']],
    ['/orders/7', ['/api/v2/orders/:id']],
    ['/orders', ['/api/orders/:id']],
    ['/anything', ['/*']],
    ['/anything', ['/api/*']],
    ['/anything', ['/{odd']],
    ['/', []],
  ])('reports nothing for %s if the routes are %s', (path, urls) => {
    expect(check(fastify(urls), { exclude: [path] }, withPrefix('api')).text).toBe('');
  });

  it('reports the paths that match no route, with similar routes', () => {
    const { text } = check(
      fastify(['/api/v1/health']),
      { exclude: ['/heatlh', '/status'] },
      withPrefix('api'),
    );

    expect(text).toContain('"/heatlh" (did you mean "/health"?), "/status";');
  });

  it.each<[string, object | undefined, RequestLogOptions | false]>([
    ['an application without a server', undefined, { exclude: ['/x'] }],
    ['requests without scopes', fastify([]), false],
    ['a function', fastify([]), { exclude: () => false }],
    ['an adapter whose routes are not known', { getInstance: () => ({}) }, { exclude: ['/x'] }],
  ])('reports nothing for %s', (_what, adapter, logIfErrors) => {
    expect(check(adapter, logIfErrors).text).toBe('');
  });

  it('reports a prefix that it cannot read, without throwing', () => {
    const { source, text } = check(fastify([]), {}, withPrefix('{odd'));

    expect(source).toBe('');
    expect(text).toContain('the check of the routes failed');
  });
});
