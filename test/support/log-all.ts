/** Passes messages to a handler, each in its own record. */
import type { Handler } from '../../lib/core/handler';
import { some } from './some';

export function logAll(handler: Handler, messages: readonly string[]): void {
  for (const message of messages) handler.handle(some.record({ message }));
}
