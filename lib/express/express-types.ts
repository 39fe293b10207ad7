/** The shapes of Express 4 and 5 that the middleware touches; no framework is imported. */
import type { HttpRequest, HttpResponse } from '../scope/exchange';

export type ExpressRequest = HttpRequest;

export type ExpressResponse = HttpResponse;

export type NextFunction = (error?: unknown) => void;

export type RequestMiddleware = (
  request: ExpressRequest,
  response: ExpressResponse,
  next: NextFunction,
) => void;

// oxlint-disable-next-line max-params -- Express recognises an error handler by its four parameters
export type ErrorMiddleware = (
  error: unknown,
  request: ExpressRequest,
  response: ExpressResponse,
  next: NextFunction,
) => void;
