/** The record that tells of the Error a scope failed with. */
import { ERROR } from '../core/level';
import type { LogScope } from './log-scope';

/** Writes it unless something in the scope, or in one inside it, has. */
export function writeFailure(scope: LogScope, error: unknown): void {
  if (error === undefined || scope.hasWritten(error)) return;
  // Noted before it is written: a target that fails must not lead to a second attempt.
  scope.writtenErrors().add(error);
  scope.logOwn(ERROR, '%s failed', { args: [scope.title], error });
}
