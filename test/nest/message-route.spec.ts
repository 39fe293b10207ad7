import 'reflect-metadata';
import { describe, expect, it } from 'vitest';
import { Manager, type LogScope } from '../../lib/logging';
import { ApplicationLogs } from '../../lib/nest/application-logs';
import { checkOptions } from '../../lib/nest/check-options';
import { setRouteOptions, type RouteOptions } from '../../lib/nest/log-if-errors.metadata';
import { messageHeaders, MessageRoute } from '../../lib/nest/message-route';
import type { MessageTransport } from '../../lib/nest/message-transports';
import { compileScopeOptions } from '../../lib/scope/compile-options';
import type { LogScopeOptions } from '../../lib/scope/options';

const transport: MessageTransport = {
  kind: 'rpc',
  file: 'not loaded',
  creator: 'Creator',
  proxy: 'proxy',
  instances: { file: 'not loaded', controller: 'Controller', methodAt: 1 },
  answers: { file: 'not loaded', name: 'Server' },
  pattern: 'pattern',
  contextAt: 1,
};

const logs = new ApplicationLogs(new Manager(), checkOptions({}), new Map());

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
    ['a text', 'orders.find', 'orders.find'],
    ['an object', { cmd: 'find' }, '{"cmd":"find"}'],
    ['several', ['orders.find', 'orders.get'], 'orders.find'],
    ['none', undefined, 'Orders.find'],
  ])('is named by a pattern that is %s', (_what, pattern, name) => {
    const { route } = routeOf(pattern);

    expect(route.pattern).toBe(name);
    expect(opened(route)?.title).toBe(`rpc ${name}`);
  });

  it('gives its scopes the handler, and the ids that came with the message', () => {
    const { route, callback } = routeOf('orders.find');
    const context = { getMetadata: () => ({ 'x-request-id': 'abc' }) };

    expect(opened(route, ['data', context])).toMatchObject({
      kind: 'rpc',
      tree: logs.tree,
      fields: { requestId: 'abc' },
      routeHandler: callback,
    });
  });

  it('gives its scopes the options of the handler over those of the application', () => {
    const scope = opened(routeOf('orders.find', { capacity: 7 }).route, [], { lingerMs: 5 });

    expect(scope?.options).toMatchObject({ capacity: 7, lingerMs: 5 });
  });

  it('opens none where the options exclude the pattern', () => {
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

  it('takes over texts only, and no name that reaches a prototype', () => {
    const metadata: unknown = JSON.parse('{"a":"1","b":2,"c":{"d":"3"},"e":null,"__proto__":{"f":"4"}}');

    const headers = messageHeaders({ getMetadata: () => metadata });

    expect(headers).toEqual({ a: '1' });
    expect(Object.getPrototypeOf(headers)).toBe(Object.prototype);
  });

  it.each<[string, unknown]>([
    ['no context', undefined],
    ['a context that brings nothing', { getPattern: () => 'orders' }],
    ['metadata that is no object', { getMetadata: () => 'abc' }],
    ['metadata that cannot be read', { getMetadata: () => JSON.parse('{') as unknown }],
    ['headers that are iterable and no pairs', { getHeaders: () => [1, 2] }],
  ])('finds nothing in %s', (_what, context) => {
    expect(messageHeaders(context)).toEqual({});
  });
});
