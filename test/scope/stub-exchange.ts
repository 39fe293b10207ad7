/** A request and a response that are only looked at: no server, no events. */
import type { HttpRequest, HttpResponse } from '../../lib/scope/exchange';

export function stubRequest(fields: Partial<HttpRequest> = {}): HttpRequest {
  return { headers: {}, ...fields };
}

export function stubResponse(fields: Partial<HttpResponse> = {}): HttpResponse {
  return {
    statusCode: 200,
    headersSent: false,
    writableEnded: false,
    setHeader() {},
    getHeader() {},
    once() {},
    prependOnceListener() {},
    end() {},
    ...fields,
  };
}
