/** What the Errors of a GraphQL operation are about. */
import { isGraphqlRefusal } from '../scope/refusals';

/** What is used of a GraphQLError. */
export interface OperationError {
  readonly originalError?: unknown;
}

/** The Error that was thrown is the one that may have been written; GraphQL has put it into one of its own. */
export function thrownError(error: OperationError): unknown {
  return isGraphqlRefusal(error) ? error : (error.originalError ?? error);
}
