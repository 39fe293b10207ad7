/** When the scope of a request ends whose response has no connection: injected, or of a serverless platform. */
import { EventEmitter } from 'node:events';
import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { PassThrough } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { diagnostics } from '../../../lib/core/diagnostics';
import { compileScopeOptions } from '../../../lib/scope/compile-options';
import type { HttpResponse } from '../../../lib/scope/exchange';
import { stats } from '../../../lib/scope/counts';
import { openHttpScope } from '../../../lib/scope/http/open';
import type { LogScope } from '../../../lib/scope/scope';
import { scopeTree } from '../scope-tree';
import { stubRequest, stubResponse } from '../stub-exchange';

/** A response without a server: it has the events of one, and no more. */
class EventedResponse extends EventEmitter {
  statusCode = 200;
  headersSent = false;
  writableEnded = false;
  socket: unknown = null;
  setHeader(): void {}
  getHeader(): void {}
  end(): void {
    this.writableEnded = true;
  }
}

/** The scope of such a response to a request on the connection. */
function open(response: HttpResponse, socket?: unknown): LogScope | undefined {
  const place = { options: compileScopeOptions({}), tree: scopeTree().manager };
  return openHttpScope(stubRequest({ method: 'GET', url: '/', socket }), response, place);
}

describe('a request without a network', () => {
  it.each([
    ['nothing', undefined],
    ['an object of a serverless platform', { readable: false, destroy: () => {} }],
    ['null', null],
    ['a text', 'none'],
  ])(
    'settles once when its response has finished, with %s in place of a connection',
    async (_what, socket) => {
      const response = new EventedResponse();
      const scope = open(response, socket);
      response.end();
      expect(scope?.settled).toBe(false);
      const before = stats().scopes.settled;
      response.emit('finish');
      await nextTurn();
      response.emit('close');

      expect(scope?.settled).toBe(true);
      expect(stats().scopes.settled).toBe(before + 1);
    },
  );

  it('settles as aborted when its response is closed and was never finished', () => {
    const outcomes: unknown[] = [];
    const response = new EventedResponse();
    const options = compileScopeOptions({
      flushOn: ({ aborted, status }) => outcomes.push([aborted, status]) < 0,
    });
    const place = { options, tree: scopeTree().manager };
    const scope = openHttpScope(stubRequest(), response, place);
    response.end();
    response.emit('close');

    expect(scope?.settled).toBe(true);
    expect(outcomes).toEqual([[true, undefined]]);
  });

  it('settles once when an injected response is finished after it was closed', () => {
    const tree = scopeTree();
    const response = new ServerResponse(new IncomingMessage(new Socket()));
    const place = { options: compileScopeOptions({}), tree: tree.manager };
    const scope = openHttpScope(response.req, response, place);
    response.end();
    response.emit('close');
    response.emit('finish');

    expect(scope?.settled).toBe(true);
    expect([scope?.request, scope?.response]).toEqual([undefined, undefined]);
  });

  it('settles by the status of an injected response that is finished', async () => {
    const request = new IncomingMessage(new Socket());
    const response = new ServerResponse(request);
    const statuses: unknown[] = [];
    const options = compileScopeOptions({ flushOn: ({ status }) => statuses.push(status) < 0 });
    const scope = openHttpScope(request, response, { options, tree: scopeTree().manager });
    // What takes the bytes in the place of a connection.
    response.assignSocket(new PassThrough() as unknown as Socket);
    response.writeHead(404).end();
    response.emit('finish');
    await nextTurn();

    expect(scope?.settled).toBe(true);
    expect(statuses).toEqual([404]);
  });

  it.each([
    ['response', {}, { destroyed: true }],
    ['connection', { destroyed: true }, {}],
  ])('settles soon when its %s is gone before its scope is opened', async (_what, connection, destroyed) => {
    const response = Object.assign(new EventedResponse(), destroyed, { writableEnded: true });
    const scope = open(response, Object.assign(new EventEmitter(), connection));
    expect(scope?.settled).toBe(false);
    await nextTurn();

    expect(scope?.settled).toBe(true);
  });

  it.each(['finish', 'close'])(
    'ends the scope of a response that throws at its "%s", and reports it',
    async (event) => {
      const before = diagnostics.count('request logs');
      const listeners: Record<string, () => void> = {};
      const listen = (name: string, listener: (source: unknown) => void): unknown =>
        (listeners[name] = () => listener(undefined));
      let throws = false;
      const response = stubResponse({ once: listen, prependOnceListener: listen });
      const broken = new Proxy(response, {
        get(target, key) {
          if (throws) throw new Error('revoked');
          return Reflect.get(target, key) as unknown;
        },
      });
      const scope = open(broken);
      throws = true;
      listeners[event]?.();
      await nextTurn();

      expect(scope?.settled).toBe(true);
      expect(diagnostics.count('request logs')).toBe(before + 1);
    },
  );

  describe('of an adapter that writes at once, so that Node emits "finish" inside end()', () => {
    /** As @vendia/serverless-express and serverless-http put it in place of a socket. */
    const writesAtOnce = (): object => ({
      _writableState: {},
      writable: true,
      on() {},
      removeListener() {},
      destroy() {},
      cork() {},
      uncork() {},
      write(_data: unknown, encoding: unknown, done?: () => void) {
        (typeof encoding === 'function' ? (encoding as () => void) : done)?.();
      },
    });

    it.each(['never', 'right after it'])('settles by its status, when "close" comes %s', async (close) => {
      const statuses: unknown[] = [];
      const options = compileScopeOptions({ flushOn: ({ status }) => statuses.push(status) < 0 });
      const response = new ServerResponse(new IncomingMessage(new Socket()));
      const scope = openHttpScope(stubRequest({ socket: { readable: false } }), response, {
        options,
        tree: scopeTree().manager,
      });
      response.assignSocket(writesAtOnce() as Socket);
      response.statusCode = 503;
      response.end();
      if (close !== 'never') response.emit('close');
      await nextTurn();

      expect(scope?.settled).toBe(true);
      expect(statuses).toEqual([503]);
    });
  });

  it('lets the framework log its Error in the turn in which it has answered, as Nest does', async () => {
    const tree = scopeTree();
    const place = { options: compileScopeOptions({ dumpRecord: false }), tree: tree.manager };
    const response = Object.assign(new EventedResponse(), { socket: new EventEmitter() });
    const error = new Error('boom');
    const scope = openHttpScope(stubRequest({ socket: new EventEmitter() }), response, place);
    tree.runIn(scope, () => {
      tree.log.debug('context');
      scope?.fail(error);
      response.statusCode = 500;
      response.end();
      // As light-my-request does, by which Fastify injects requests.
      response.emit('finish');
      tree.log.error('reported by the framework', error);
    });
    await nextTurn();
    response.emit('close');

    expect(scope?.settled).toBe(true);
    expect(tree.messages).toEqual(['context', 'reported by the framework']);
  });
});
