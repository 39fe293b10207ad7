import { createRequire } from 'node:module';
import express, { type Express } from 'express';
import supertest from 'supertest';
import { describe, expect, it } from 'vitest';
import { routePattern, setFastifyRequest, setNoRoute } from '../../../lib/scope/http/route-pattern';

/** The pattern of the route that a real router found for the path. */
async function found(app: Express, path: string): Promise<string | undefined> {
  let pattern: string | undefined = 'no answer';
  const seen = express.Router();
  seen.use((request, response, next) => {
    response.once('finish', () => (pattern = routePattern(request, request.originalUrl)));
    next();
  });
  const outer = express();
  outer.use(seen, app);
  await supertest(outer).get(path);
  return pattern;
}

const ok = (_request: unknown, response: { end(): unknown }): void => void response.end();

describe('routePattern', () => {
  it.each(['/orders/7', '/orders/7/'])('is that of a route: %s', async (path) => {
    expect(await found(express().get('/orders/:id', ok), path)).toBe('/orders/:id');
  });

  it('has the mount point of its router', async () => {
    const router = express.Router().get('/:id', ok);

    expect(await found(express().use('/orders', router), '/orders/7')).toBe('/orders/:id');
  });

  it.each([
    ['/orders/7', '/orders/:id'],
    ['/bestellungen/7', '/bestellungen/:id'],
    ['/files/a/b.txt', '/files/*path'],
    ['/plain', '/plain{.:format}'],
    ['/plain.json', '/plain{.:format}'],
  ])('is the one of several that the path has: %s', async (path, pattern) => {
    const paths = ['/orders/:id', '/bestellungen/:id', '/files/*path', '/plain{.:format}'];

    expect(await found(express().get(paths, ok), path)).toBe(pattern);
  });

  it('knows the patterns of Express 4', async () => {
    const express4 = createRequire(__filename)('express4') as typeof express;
    const app = express4().get(['/a+b', '/orders/:id?', '/files/*'], ok);

    expect(await found(app, '/orders')).toBe('/orders/:id?');
    expect(await found(app, '/files/a/b')).toBe('/files/*');
  });

  it('names all of them where that cannot be told', async () => {
    const paths = [/^\/orders\/\d+$/, '/other'];

    expect(await found(express().get(paths, ok), '/orders/7')).toBe(String.raw`/^\/orders\/\d+$/, /other`);
    expect(await found(express().get(/^\/x/, ok), '/x')).toBe(String.raw`/^\/x/`);
  });

  it('is none where no route was found', async () => {
    expect(await found(express().get('/orders', ok), '/other')).toBeUndefined();
    expect(routePattern({ route: { path: 7 } }, '/')).toBeUndefined();
  });

  it('is what Fastify says, or none where it is noted that no route answers', () => {
    const request = { route: { path: '/*' } };

    setFastifyRequest(request, { routeOptions: { url: '/orders/:id' } });
    expect(routePattern(request, '/orders/7')).toBe('/orders/:id');
    setNoRoute(request);
    expect(routePattern(request, '/orders/7')).toBeUndefined();
  });
});
