/** Sees the Errors of GraphQL operations that no resolver of Nest threw, such as a null where the schema allows none. */
import 'reflect-metadata';
import { currentScope } from '../scope/current';
import { thrownError, type OperationError } from './graphql-errors';

/** What `@Plugin()` of `@nestjs/apollo` leaves on a class, by which its driver finds plugins among all providers. */
const PLUGIN = 'graphql:plugin';

/** What is used of the errors that Apollo hands to plugins. */
interface OperationErrors {
  readonly errors: readonly OperationError[];
}

const listener = {
  didEncounterErrors: async ({ errors }: OperationErrors): Promise<void> => {
    const scope = currentScope();
    for (const error of errors) scope?.fail(thrownError(error));
  },
};

/** A provider of the module; without Apollo nobody asks for it. */
export class ApolloErrorsPlugin {
  async requestDidStart(): Promise<typeof listener> {
    return listener;
  }
}

Reflect.defineMetadata(PLUGIN, true, ApolloErrorsPlugin);
