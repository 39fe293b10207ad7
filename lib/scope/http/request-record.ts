/** Logs one record at the end of each request. */
import { ERROR, INFO, WARNING } from '../../core/level';
import type { HttpResponse } from '../exchange';
import type { ScopeOutcome } from '../options';
import { isRefusal } from '../refusals';
import type { LogScope } from '../scope';
import { routePattern } from './route-pattern';

/** Bytes of the body by its header `content-length`; a streamed response has no such header. */
function bodyBytes(response: HttpResponse): number | undefined {
  const length = response.getHeader('content-length');
  const bytes = Number(length);
  return length === undefined || Number.isNaN(bytes) ? undefined : bytes;
}

function levelOf({ status, error, aborted }: ScopeOutcome): number {
  if (error !== undefined && (status === undefined || status < 400))
    return aborted || !isRefusal(error, 'http') ? ERROR : WARNING;
  if (aborted) return WARNING;
  if (status === undefined || status < 400) return INFO;
  return status < 500 ? WARNING : ERROR;
}

/** Logs method, path, route, status, duration, bytes and whether the request was aborted. The level depends on the outcome. */
export function logRequest(scope: LogScope, outcome: ScopeOutcome): void {
  const { request, response, name: method = '' } = scope;
  if (request === undefined || response === undefined) return;
  const { path = '', status, durationMs, aborted } = outcome;
  const route = routePattern(request, path);
  const bytes = bodyBytes(response);
  const fields: Record<string, unknown> = { method, path };
  if (route !== undefined) fields['route'] = route;
  if (status !== undefined) fields['status'] = status;
  fields['durationMs'] = durationMs;
  if (bytes !== undefined) fields['bytes'] = bytes;
  if (aborted) fields['aborted'] = aborted;
  const end = aborted ? 'aborted' : (status ?? '-');
  scope.logOwn(levelOf(outcome), '%s %s %s %d ms', [method, path, end, durationMs, fields]);
}
