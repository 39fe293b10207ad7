/** What the Errors of a GraphQL operation are about. */
import { isClientError } from '../scope/triggers';

/** What is used of a GraphQLError. */
export interface OperationError {
  readonly originalError?: unknown;
}

/** The Error that was thrown is the one that may have been written; GraphQL has put it into one of its own. */
export function thrownError(error: OperationError): unknown {
  return isClientError(error) ? error : (error.originalError ?? error);
}
