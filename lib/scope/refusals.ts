/**
 * Recognises refusals: Errors that tell our own client about its mistake. A `status` alone does not make an Error a refusal,
 * because Errors of HTTP clients have one, too.
 */
import { isError, readProperty } from '../internal/foreign';
import type { ScopeKind } from './options';

/** Codes of Apollo Server ("Built-in error codes") and the two that all GraphQL servers use, with the corresponding status. */
const GRAPHQL_CODES: ReadonlyMap<unknown, number> = new Map([
  ['GRAPHQL_PARSE_FAILED', 400],
  ['GRAPHQL_VALIDATION_FAILED', 400],
  ['BAD_USER_INPUT', 400],
  ['BAD_REQUEST', 400],
  ['OPERATION_RESOLUTION_FAILURE', 400],
  ['PERSISTED_QUERY_NOT_FOUND', 400],
  ['PERSISTED_QUERY_NOT_SUPPORTED', 400],
  ['UNAUTHENTICATED', 401],
  ['FORBIDDEN', 403],
]);

/**
 * Status codes of gRPC that are the server's fault: UNKNOWN, DEADLINE_EXCEEDED, UNIMPLEMENTED, INTERNAL, UNAVAILABLE and
 * DATA_LOSS (OpenTelemetry, Semantic conventions for gRPC, server spans).
 */
const GRPC_FAILURES: ReadonlySet<unknown> = new Set([2, 4, 12, 13, 14, 15]);

/** The result of a method of the value; undefined if it has no such method, or the method throws. */
function resultOf(value: unknown, name: string): unknown {
  const method = readProperty(value, name);
  if (typeof method !== 'function') return undefined;
  try {
    return Reflect.apply(method, value, []);
  } catch {
    // A foreign method that throws has no result.
    return undefined;
  }
}

function has(value: unknown, method: string): boolean {
  return typeof readProperty(value, method) === 'function';
}

function isIn(value: object, key: string): boolean {
  try {
    return key in value;
  } catch {
    // A Proxy whose trap throws.
    return false;
  }
}

function isBelow500(status: unknown): boolean {
  return typeof status === 'number' && status < 500;
}

/**
 * Whether it is an HttpException of Nest below 500. Classes of Nest are recognised by their methods, because this file does not
 * import Nest, and an application may have two copies of it.
 */
function isHttpRefusal(error: unknown): boolean {
  return isError(error) && has(error, 'getResponse') && isBelow500(resultOf(error, 'getStatus'));
}

/** Whether the answer to the client reports a failure of the server. */
function reportsFailure(answer: unknown): boolean {
  const status = readProperty(answer, 'status') ?? readProperty(answer, 'statusCode');
  return (typeof status === 'number' && status >= 500) || GRPC_FAILURES.has(readProperty(answer, 'code'));
}

/**
 * Whether it is Nest's RpcException, WsException or GrpcException, which contain the answer to the client. If the answer has a
 * status of 500 or above, or a gRPC code for a failure of the server, it is not a refusal.
 */
function isMessageRefusal(error: unknown): boolean {
  if (!isError(error) || !has(error, 'getError') || !has(error, 'initMessage')) return false;
  return !reportsFailure(resultOf(error, 'getError'));
}

/** Whether it is a GraphQLError with a status below 500, or with a code for a mistake of the client. */
export function isGraphqlRefusal(error: unknown): boolean {
  // Only the class has these properties; a GraphQL error that came as data from another server does not.
  if (!isError(error) || !isIn(error, 'nodes') || !isIn(error, 'positions')) return false;
  const extensions = readProperty(error, 'extensions');
  const status = readProperty(readProperty(extensions, 'http'), 'status');
  return isBelow500(
    typeof status === 'number' ? status : GRAPHQL_CODES.get(readProperty(extensions, 'code')),
  );
}

/**
 * Whether the Error tells our own client about its mistake.
 *
 * @param client - the kind of the client: the kind of the outermost scope. A `call` has no client.
 */
export function isRefusal(error: unknown, client: ScopeKind): boolean {
  if (client === 'call') return false;
  if (isHttpRefusal(error)) return true;
  if (client !== 'rpc' && isGraphqlRefusal(error)) return true;
  return client !== 'http' && isMessageRefusal(error);
}

/**
 * Whether it is a 4xx Error with which a web framework itself refuses a request: an Error of http-errors, recognised by `expose`
 * (body-parser, send), of Fastify, or of the router of Express for a path that cannot be decoded.
 */
export function isFrameworkRefusal(error: unknown): boolean {
  if (!isError(error)) return false;
  const status = readProperty(error, 'status') ?? readProperty(error, 'statusCode');
  if (typeof status !== 'number' || status < 400 || status > 499) return false;
  const code = readProperty(error, 'code');
  return (
    typeof readProperty(error, 'expose') === 'boolean' ||
    (typeof code === 'string' && code.startsWith('FST_')) ||
    readProperty(error, 'name') === 'URIError'
  );
}

/** Whether the Error is a refusal if the framework answers it. */
export function isAnsweredAsRefusal(error: unknown, client: ScopeKind): boolean {
  return isRefusal(error, client) || (client === 'http' && isFrameworkRefusal(error));
}
