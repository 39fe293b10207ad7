import { describe, expect, it } from 'vitest';
import { messageHeaders } from '../../lib/nest/message-headers';

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
