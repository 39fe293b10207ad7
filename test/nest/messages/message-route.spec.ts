import 'reflect-metadata';
import { describe, expect, it } from 'vitest';
import type { LogScope } from '../../../lib/logging';
import { setRouteOptions, type RouteOptions } from '../../../lib/nest/decorators/route-options';
import {
  messageHeaders,
  MessageRoute,
  type MessageTransport,
} from '../../../lib/nest/messages/message-route';
import { compileScopeOptions } from '../../../lib/scope/compile-options';
import type { LogScopeOptions } from '../../../lib/scope/options';
import { logsOf, testTransport } from '../../support/live-application';

const transport: MessageTransport = { ...testTransport, kind: 'rpc', contextAt: 1 };
const logs = logsOf();

class Orders {}

function routeOf(pattern: unknown, options?: RouteOptions): { route: MessageRoute; callback: () => void } {
  const callback = function find(): void {};
  if (pattern !== undefined) Reflect.defineMetadata('pattern', pattern, callback);
  if (options !== undefined) setRouteOptions(callback, options);
  return { route: new MessageRoute({ instance: new Orders(), callback }, logs, transport), callback };
}

function opened(
  route: MessageRoute,
  args: readonly unknown[] = [],
  options: LogScopeOptions = {},
): LogScope | undefined {
  const scope = route.open(args, compileScopeOptions(options));
  scope?.settle();
  return scope;
}

describe('MessageRoute', () => {
  it.each([
    ['a string', 'orders.find', 'orders.find'],
    ['an object', { cmd: 'find' }, '{"cmd":"find"}'],
    ['a list', ['orders.find', 'orders.get'], 'orders.find'],
    ['missing', undefined, 'Orders.find'],
  ])('has a name for a pattern that is %s', (_what, pattern, name) => {
    const { route } = routeOf(pattern);

    expect(route.pattern).toBe(name);
    expect(opened(route)?.title).toBe(`rpc ${name}`);
  });

  it('sets the handler and the ids of the message on its scopes', () => {
    const { route, callback } = routeOf('orders.find');
    const context = { getMetadata: () => ({ 'x-request-id': 'abc' }) };

    expect(opened(route, ['data', context])).toMatchObject({
      kind: 'rpc',
      tree: logs.tree,
      fields: { requestId: 'abc' },
      routeHandler: callback,
    });
  });

  it("lets the options of the handler override the application's", () => {
    const scope = opened(routeOf('orders.find', { capacity: 7 }).route, [], { lingerMs: 5 });

    expect(scope?.options).toMatchObject({ capacity: 7, lingerMs: 5 });
  });

  it('opens no scope if the options exclude the pattern', () => {
    expect(opened(routeOf('health').route, [], { exclude: ['health'] })).toBeUndefined();
  });
});

describe('messageHeaders', () => {
  it.each<[string, unknown]>([
    ['the metadata of a TCP or Redis packet', { getMetadata: () => ({ 'X-Request-Id': 'abc' }) }],
    ['the Metadata of gRPC', { getMap: () => ({ 'x-request-id': 'abc' }) }],
    ['the headers of NATS', { getHeaders: () => new Map([['X-Request-Id', ['abc', 'second']]]) }],
    [
      'the headers of RabbitMQ',
      { getMessage: () => ({ properties: { headers: { 'x-request-id': 'abc' } } }) },
    ],
    ['the headers of Kafka', { getMessage: () => ({ headers: { 'x-request-id': 'abc' } }) }],
    [
      'the user properties of MQTT 5',
      { getPacket: () => ({ properties: { userProperties: { 'x-request-id': 'abc' } } }) },
    ],
  ])('reads %s', (_what, context) => {
    expect(messageHeaders(context)).toEqual({ 'x-request-id': 'abc' });
  });

  it('reads only strings, and does not change a prototype', () => {
    const metadata: unknown = JSON.parse('{"a":"1","b":2,"c":{"d":"3"},"e":null,"__proto__":{"f":"4"}}');

    const headers = messageHeaders({ getMetadata: () => metadata });

    expect(headers).toEqual({ a: '1' });
    expect(Object.getPrototypeOf(headers)).toBe(Object.prototype);
  });

  it.each<[string, unknown]>([
    ['no context', undefined],
    ['a context without headers', { getPattern: () => 'orders' }],
    ['metadata that is not an object', { getMetadata: () => 'abc' }],
    ['metadata that cannot be read', { getMetadata: () => JSON.parse('{') as unknown }],
    ['iterable headers that are not pairs', { getHeaders: () => [1, 2] }],
  ])('returns no headers for %s', (_what, context) => {
    expect(messageHeaders(context)).toEqual({});
  });
});
