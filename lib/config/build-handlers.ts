/** Makes all handlers of a configuration, or none. */
import type { Handler } from '../core/handler';
import { loggingSettings } from '../core/settings';
import { closeQuietly } from './close-quietly';
import type { HandlerPlan } from './handler-plan';
import { NewFiles } from './new-files';

/**
 * Makes the handlers in the order given. Those that open files are tried without their files first. When one cannot be
 * made the others are closed again, and files that were created are removed.
 *
 * @throws ConfigurationError naming the handler.
 */
export function buildHandlers(plans: readonly HandlerPlan[]): ReadonlyMap<string, Handler> {
  const { captureCaller } = loggingSettings;
  const made = new Map<string, Handler>();
  for (const plan of plans) plan.rehearse();
  const files = new NewFiles(plans.map(({ file }) => file).filter((file) => file !== undefined));
  try {
    for (const plan of plans) made.set(plan.name, plan.create(made));
    for (const plan of plans) plan.start(made.get(plan.name) as Handler);
  } catch (error) {
    // A formatter that prints the caller has switched it on.
    loggingSettings.captureCaller = captureCaller;
    for (const handler of [...made.values()].toReversed()) closeQuietly(handler);
    files.remove();
    throw error;
  }
  return made;
}
