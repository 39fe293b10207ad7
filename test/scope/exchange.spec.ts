/** What scopes read off a request and its response. */
import express, { type Express } from 'express';
import { Readable } from 'node:stream';
import supertest from 'supertest';
import { describe, expect, it } from 'vitest';
import { isDestroyed, isOfFinalHandler, pathOf, targetOf } from '../../lib/scope/exchange';
import { stubResponse } from './stub-exchange';

describe('targetOf', () => {
  it('is the target before a router cut something off', () => {
    expect(targetOf({ url: '/a?token=1', headers: {} })).toBe('/a?token=1');
    expect(targetOf({ url: '/1', originalUrl: '/orders/1?x', headers: {} })).toBe('/orders/1?x');
    expect(targetOf({ headers: {} })).toBe('');
  });
});

describe('pathOf', () => {
  it.each([
    ['/a?token=1', '/a'],
    ['/login#access_token=secret', '/login'],
    ['http://user:pass@h/abs', '/abs'],
    ['HTTPS://user:pass@h:8443/abs?token=1', '/abs'],
    ['http://user:pass@h?token=1', '/'],
    ['http://user:pass@h', '/'],
    ['ws://user:pass@[::1]:80/a/b', '/a/b'],
    ['//user:pass@host/x', '/x'],
    ['///user:pass@host/x?token=1', '/x'],
    ['//user:p%40ss@host', '/'],
    ['/\\user:pass@host/x', '/x'],
    ['user:pass@h:443', ''],
    ['user:pass@h/x', '/x'],
    ['h:443', ''],
    ['', ''],
  ])('leaves out server, user, password and query of %s', (target, path) => {
    expect(pathOf(target)).toBe(path);
  });

  it.each(['*', '/', '//orders//1', '/@scope/package', '/orders/a@b.example', '/http://user@h/x'])(
    'is %s itself, which names no server',
    (target) => {
      expect(pathOf(target)).toBe(target);
    },
  );
});

describe('isDestroyed', () => {
  it('is true of a stream that was destroyed, and false of all else', () => {
    const [open, destroyed] = [Readable.from([]), Readable.from([]).destroy()];

    expect([open, destroyed, {}, null, undefined, 'socket'].map(isDestroyed)).toEqual([
      false,
      true,
      false,
      false,
      false,
      false,
    ]);
    open.destroy();
  });
});

describe('isOfFinalHandler', () => {
  /** Whether the answer of a real application is taken for one of finalhandler. */
  async function isOfFinalHandlerAfter(mount: (app: Express) => void): Promise<boolean | undefined> {
    let found: boolean | undefined;
    const app = express();
    app.set('env', 'test');
    app.use((_request, response, next) => {
      response.once('finish', () => (found = isOfFinalHandler(response)));
      next();
    });
    mount(app);
    await supertest(app).get('/orders');
    return found;
  }

  it('knows the answer of Express to an Error that no handler took, and to an unknown path', async () => {
    const throws = (app: Express): unknown =>
      app.get('/orders', () => {
        throw new Error('boom');
      });

    expect(await isOfFinalHandlerAfter(throws)).toBe(true);
    expect(await isOfFinalHandlerAfter(() => {})).toBe(true);
  });

  it('is false of an answer of the application', async () => {
    expect(
      await isOfFinalHandlerAfter((app) =>
        app.get('/orders', (_request, response) => response.send('<p>ok</p>')),
      ),
    ).toBe(false);
    expect(isOfFinalHandler(stubResponse())).toBe(false);
  });
});
