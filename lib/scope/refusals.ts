/** Errors by which a handler tells its client, without a status of HTTP, that the client was wrong. */

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

/** A value's property, where it has one. */
function at(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
}

/** The status of a GraphQLError: the one it asks for, or that of its code. */
export function graphqlStatus(error: object): number | undefined {
  const extensions = at(error, 'extensions');
  const status = at(at(extensions, 'http'), 'status');
  return typeof status === 'number' ? status : GRAPHQL_CODES.get(at(extensions, 'code'));
}

/** What the client is told says that the server failed. */
function tellsOfFailure(told: unknown): boolean {
  const status = at(told, 'status') ?? at(told, 'statusCode');
  return (typeof status === 'number' && status >= 500) || GRPC_FAILURES.has(at(told, 'code'));
}

/**
 * Whether it is Nest's RpcException, WsException or GrpcException: thrown on purpose, with what the client is to be told.
 * One that tells of a status from 500, or of a code of gRPC for a failure of the server, is none.
 */
export function isRefusal(error: unknown): boolean {
  try {
    const getError = at(error, 'getError');
    return typeof getError === 'function' && !tellsOfFailure(Reflect.apply(getError, error, []));
  } catch {
    // A foreign error whose getter throws tells nothing.
    return false;
  }
}
