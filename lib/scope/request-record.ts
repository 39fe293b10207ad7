/** The one record at the end of each request. */
import { ERROR, INFO, WARNING } from '../core/level';
import type { HttpRequest, HttpResponse } from './http-scope';
import type { LogScope } from './log-scope';
import { isRefusal } from './refusals';
import { routePattern } from './route-pattern';
import type { ScopeOutcome } from './scope-outcome';

export interface EndedRequest {
  readonly scope: LogScope;
  readonly request: HttpRequest;
  readonly response: HttpResponse;
  readonly outcome: ScopeOutcome;
}

/** Bytes of the body, where a header says so; a streamed response has none. */
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

/** Logs method, path, route, status, duration, bytes and whether the client left; the level follows the outcome. */
export function logRequest({ scope, request, response, outcome }: EndedRequest): void {
  const { path = '', status, durationMs, aborted } = outcome;
  const method = request.method ?? '';
  const route = routePattern(request, path);
  const bytes = bodyBytes(response);
  const fields = {
    method,
    path,
    ...(route === undefined ? {} : { route }),
    ...(status === undefined ? {} : { status }),
    durationMs,
    ...(bytes === undefined ? {} : { bytes }),
    ...(aborted ? { aborted } : {}),
  };
  scope.logOwn(levelOf(outcome), '%s %s %s %d ms', {
    args: [method, path, aborted ? 'aborted' : (status ?? '-'), durationMs, fields],
  });
}
