/** Which Errors tell the client of our own work that the client was wrong. A status alone does not: other Errors bear one, too. */
import { isError, readProperty } from '../internal/foreign';
import type { ScopeKind } from './options';

/** Codes of Apollo Server ("Built-in error codes") and the two that GraphQL servers share, with the status they stand for. */
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

/** What a method of the value returns; undefined where it has no such method, or the method throws. */
function resultOf(value: unknown, name: string): unknown {
  const method = readProperty(value, name);
  if (typeof method !== 'function') return undefined;
  try {
    return Reflect.apply(method, value, []);
  } catch {
    // A foreign method that throws tells nothing.
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
 * Whether it is an HttpException of Nest below 500. Classes of Nest are known by their methods: this file loads no Nest,
 * and an application may have two copies of it.
 */
function isHttpRefusal(error: unknown): boolean {
  return isError(error) && has(error, 'getResponse') && isBelow500(resultOf(error, 'getStatus'));
}

/** Whether the answer to the client says that the server failed. */
function tellsOfFailure(told: unknown): boolean {
  const status = readProperty(told, 'status') ?? readProperty(told, 'statusCode');
  return (typeof status === 'number' && status >= 500) || GRPC_FAILURES.has(readProperty(told, 'code'));
}

/**
 * Whether it is Nest's RpcException, WsException or GrpcException: thrown on purpose, with what the client is to be told.
 * One that tells of a status from 500, or of a code of gRPC for a failure of the server, is no refusal.
 */
function isMessageRefusal(error: unknown): boolean {
  if (!isError(error) || !has(error, 'getError') || !has(error, 'initMessage')) return false;
  return !tellsOfFailure(resultOf(error, 'getError'));
}

/** Whether it is a GraphQLError that asks for a status below 500, or has a code for a mistake of the client. */
export function isGraphqlRefusal(error: unknown): boolean {
  // The fields that the class itself has, and a GraphQL error that came as data from another server has not.
  if (!isError(error) || !isIn(error, 'nodes') || !isIn(error, 'positions')) return false;
  const extensions = readProperty(error, 'extensions');
  const status = readProperty(readProperty(extensions, 'http'), 'status');
  return isBelow500(
    typeof status === 'number' ? status : GRAPHQL_CODES.get(readProperty(extensions, 'code')),
  );
}

/**
 * Whether the Error tells our own client that the client was wrong.
 *
 * @param client - what the work is done for: the kind of the outermost scope. Nobody is answered by a `call`.
 */
export function isRefusal(error: unknown, client: ScopeKind): boolean {
  if (client === 'call') return false;
  if (isHttpRefusal(error)) return true;
  if (client !== 'rpc' && isGraphqlRefusal(error)) return true;
  return client !== 'http' && isMessageRefusal(error);
}

/**
 * Whether it is an Error with a 4xx by which a web framework itself refuses a request: of http-errors, known by `expose`
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

/** Whether the Error refuses the client where the framework answers it: with its status, or what its kind stands for. */
export function isAnsweredAsRefusal(error: unknown, client: ScopeKind): boolean {
  return isRefusal(error, client) || (client === 'http' && isFrameworkRefusal(error));
}
