/** An Error that was written as JSON, made an Error again. */
import { asText, isPlainObject } from '../internal/foreign';

/** What JsonWriter writes of an Error before the application's own keys. */
const KNOWN: ReadonlySet<string> = new Set(['type', 'message', 'stack', 'cause', 'errors']);

function hide(error: Error, key: string, value: unknown): void {
  Object.defineProperty(error, key, { value, enumerable: false, configurable: true, writable: true });
}

/** Causes and members that look like Errors are such; anything else is left as it is. */
function reviveInner(value: unknown): unknown {
  return isPlainObject(value) && typeof value['stack'] === 'string' ? reviveError(value) : value;
}

/** Name, message, stack, cause, members and own keys as they were; the class is lost, so nothing of it can run. */
export function reviveError(data: Readonly<Record<string, unknown>>): Error {
  const error = new Error(asText(data['message'] ?? ''));
  hide(error, 'name', asText(data['type'] ?? 'Error'));
  hide(error, 'stack', typeof data['stack'] === 'string' ? data['stack'] : undefined);
  if ('cause' in data) hide(error, 'cause', reviveInner(data['cause']));
  const members = data['errors'];
  if (Array.isArray(members)) hide(error, 'errors', members.map(reviveInner));
  for (const key of Object.keys(data)) {
    if (KNOWN.has(key)) continue;
    Object.defineProperty(error, key, {
      value: data[key],
      enumerable: true,
      configurable: true,
      writable: true,
    });
  }
  return error;
}
