import {
  ForbiddenException,
  HttpException,
  NotFoundException,
  ServiceUnavailableException,
} from '@nestjs/common';
import createError from 'http-errors';
import { describe, expect, it } from 'vitest';
import {
  isAnsweredAsRefusal,
  isFrameworkRefusal,
  isGraphqlRefusal,
  isRefusal,
} from '../../lib/scope/refusals';
import type { ScopeKind } from '../../lib/scope/options';
import { revokedProxy } from '../support/hostile-values';

const KINDS = ['http', 'rpc', 'ws', 'call'] as const;

/** As RpcException, WsException and GrpcException of Nest. */
class MessageException extends Error {
  readonly #told: unknown;

  constructor(told: unknown) {
    super();
    this.#told = told;
    this.initMessage();
  }

  initMessage(): void {
    this.message = String(this.#told);
  }

  getError(): unknown {
    return this.#told;
  }
}

/** As the class of the package `graphql`. */
class GraphQLError extends Error {
  readonly nodes = undefined;
  readonly positions = undefined;
  readonly extensions: unknown;

  constructor(extensions: unknown) {
    super('graphql');
    this.extensions = extensions;
  }
}

class OwnNotFound extends NotFoundException {}

const withFields = (fields: object): Error => Object.assign(new Error('upstream'), fields);

/** What HTTP clients and SDKs throw when another server says 404. */
const FOREIGN: readonly [string, unknown][] = [
  ['a status', withFields({ status: 404 })],
  ['a statusCode', withFields({ statusCode: 404 })],
  [
    'an AxiosError',
    withFields({ isAxiosError: true, status: 404, response: { status: 404 }, code: 'ERR_BAD_REQUEST' }),
  ],
  [
    'an HTTPError of got',
    withFields({ name: 'HTTPError', code: 'ERR_NON_2XX_3XX_RESPONSE', response: { statusCode: 404 } }),
  ],
  [
    'an Error of the AWS SDK',
    withFields({ name: 'NoSuchKey', $fault: 'client', $metadata: { httpStatusCode: 404 } }),
  ],
  ['a method getStatus', withFields({ getStatus: () => 404 })],
  ['a method getError', withFields({ getError: () => 'not found' })],
  ['a GraphQL error of another server', withFields({ extensions: { code: 'FORBIDDEN' } })],
  ['data like an HttpException', { getStatus: () => 404, getResponse: () => 'not found' }],
  ['a text', 'not found'],
  ['nothing', undefined],
];

describe('isRefusal', () => {
  const kindsOf = (error: unknown): ScopeKind[] => KINDS.filter((kind) => isRefusal(error, kind));

  it.each([
    ['a 404', new NotFoundException()],
    ['a class of the application', new OwnNotFound()],
    ['a redirect', new HttpException('elsewhere', 302)],
  ])('takes an HttpException below 500 for one wherever there is a client: %s', (_what, error) => {
    expect(kindsOf(error)).toEqual(['http', 'rpc', 'ws']);
  });

  it('takes no HttpException from 500 for one', () => {
    expect(kindsOf(new ServiceUnavailableException())).toEqual([]);
  });

  it.each(FOREIGN)('takes no foreign Error for one: %s', (_what, error) => {
    expect(kindsOf(error)).toEqual([]);
  });

  it('takes no Error of http-errors for one, whoever answers it', () => {
    expect(kindsOf(createError(404))).toEqual([]);
  });

  it.each([
    ['a text', 'Forbidden resource', true],
    ['an object', { status: 'error', message: 'wrong' }, true],
    ['a status below 500', { status: 404 }, true],
    ['a status from 500', { status: 500 }, false],
    ['a statusCode from 500', { statusCode: 503 }, false],
    ['INVALID_ARGUMENT of gRPC', { code: 3 }, true],
    ['INTERNAL of gRPC', { code: 13 }, false],
  ])('takes an exception of a message that tells its client %s for one: %s', (_what, told, expected) => {
    expect(kindsOf(new MessageException(told))).toEqual(expected ? ['rpc', 'ws'] : []);
  });

  it('takes a GraphQLError for one where GraphQL is spoken', () => {
    expect(kindsOf(new GraphQLError({ code: 'FORBIDDEN' }))).toEqual(['http', 'ws']);
  });

  it.each([
    ['getter', Object.defineProperty(new Error('x'), 'getResponse', { get: () => JSON.parse('{') })],
    [
      'method',
      Object.assign(new Error('x'), {
        getResponse: () => '',
        getStatus: (): never => JSON.parse('{') as never,
      }),
    ],
    ['revoked Proxy', revokedProxy()],
  ])('takes none for one whose parts cannot be read: %s', (_what, error) => {
    expect(kindsOf(error)).toEqual([]);
  });
});

describe('isGraphqlRefusal', () => {
  it.each([
    ['an operation that cannot be parsed', { code: 'GRAPHQL_PARSE_FAILED' }, true],
    ['input of the user', { code: 'BAD_USER_INPUT' }, true],
    ['somebody unknown', { code: 'UNAUTHENTICATED' }, true],
    ['somebody who may not', { code: 'FORBIDDEN' }, true],
    ['a status of its own below 500', { http: { status: 404 } }, true],
    ['a status of its own from 500', { code: 'BAD_USER_INPUT', http: { status: 503 } }, false],
    ['a failure of the server', { code: 'INTERNAL_SERVER_ERROR' }, false],
    ['a code of the application', { code: 'OUT_OF_STOCK' }, false],
    ['no code', {}, false],
    ['nothing', undefined, false],
  ])('judges %s', (_what, extensions, expected) => {
    expect(isGraphqlRefusal(new GraphQLError(extensions))).toBe(expected);
  });
});

describe('isFrameworkRefusal', () => {
  it.each([
    ['http-errors', createError(413), true],
    ['http-errors, of a failure', createError(503), false],
    ['Fastify', withFields({ code: 'FST_ERR_CTP_BODY_TOO_LARGE', statusCode: 413 }), true],
    ['the router of Express', Object.assign(new URIError('Failed to decode param'), { status: 400 }), true],
    ['the application', new URIError('malformed'), false],
  ])('judges an Error of %s', (_whose, error, expected) => {
    expect(isFrameworkRefusal(error)).toBe(expected);
  });

  it.each(FOREIGN)('takes no foreign Error for one: %s', (_what, error) => {
    expect(isFrameworkRefusal(error)).toBe(false);
  });
});

describe('isAnsweredAsRefusal', () => {
  it('knows the Errors of web frameworks over HTTP only, and exceptions everywhere', () => {
    expect(KINDS.filter((kind) => isAnsweredAsRefusal(createError(404), kind))).toEqual(['http']);
    expect(KINDS.filter((kind) => isAnsweredAsRefusal(new ForbiddenException(), kind))).toEqual([
      'http',
      'rpc',
      'ws',
    ]);
  });
});
