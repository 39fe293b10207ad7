/** Sees the Errors of GraphQL operations that no resolver of Nest threw, such as a null where the schema allows none. */
import { Injectable } from '@nestjs/common';
import { currentScope } from '../scope/scope-storage';
import { isClientError } from '../scope/triggers';

/** What `@Plugin()` of `@nestjs/apollo` leaves on a class, by which its driver finds plugins among all providers. */
const PLUGIN = 'graphql:plugin';

/** What is used of the errors that Apollo hands to plugins. */
interface OperationErrors {
  readonly errors: readonly { readonly originalError?: unknown }[];
}

/** The Error that was thrown is the one that may have been written; GraphQL has put it into one of its own. */
const listener = {
  didEncounterErrors: async ({ errors }: OperationErrors): Promise<void> => {
    const scope = currentScope();
    for (const error of errors) scope?.fail(isClientError(error) ? error : (error.originalError ?? error));
  },
};

/** A provider of the module; without Apollo nobody asks for it. */
@Injectable()
export class ApolloErrorsPlugin {
  async requestDidStart(): Promise<typeof listener> {
    return listener;
  }
}

Reflect.defineMetadata(PLUGIN, true, ApolloErrorsPlugin);
