import { describe, expect, it } from 'vitest';
import { graphqlStatus, isRefusal } from '../../lib/scope/refusals';

/** As RpcException, WsException and GrpcException are. */
const refusal = (told: unknown): object => ({ getError: () => told });

describe('graphqlStatus', () => {
  it.each([
    ['an operation that cannot be parsed', { code: 'GRAPHQL_PARSE_FAILED' }, 400],
    ['input of the user', { code: 'BAD_USER_INPUT' }, 400],
    ['somebody unknown', { code: 'UNAUTHENTICATED' }, 401],
    ['somebody who may not', { code: 'FORBIDDEN' }, 403],
    ['a status of its own', { code: 'BAD_USER_INPUT', http: { status: 503 } }, 503],
    ['a failure of the server', { code: 'INTERNAL_SERVER_ERROR' }, undefined],
    ['a code of the application', { code: 'OUT_OF_STOCK' }, undefined],
    ['no code', {}, undefined],
    ['nothing', undefined, undefined],
  ])('reads %s', (_what, extensions, status) => {
    expect(graphqlStatus({ extensions })).toBe(status);
  });
});

describe('isRefusal', () => {
  it.each([
    ['a text', 'Forbidden resource', true],
    ['an object', { status: 'error', message: 'wrong' }, true],
    ['a status below 500', { status: 404 }, true],
    ['a status from 500', { status: 500 }, false],
    ['a statusCode from 500', { statusCode: 503 }, false],
    ['INVALID_ARGUMENT of gRPC', { code: 3 }, true],
    ['INTERNAL of gRPC', { code: 13 }, false],
  ])('takes one that tells the client %s for its fault: %s', (_what, told, expected) => {
    expect(isRefusal(refusal(told))).toBe(expected);
  });

  it.each([
    ['a plain Error', new Error('x')],
    ['a text', 'x'],
    ['nothing', undefined],
    ['an error whose getter throws', Object.defineProperty({}, 'getError', { get: () => JSON.parse('{') })],
  ])('takes %s for none', (_what, error) => {
    expect(isRefusal(error)).toBe(false);
  });
});
