/** Middleware for Express 4 and 5: each request keeps its own records until its outcome is known. */
export { errorLogs, requestLogs, type RequestLogsOptions } from './express/middleware';
export type {
  ErrorMiddleware,
  ExpressRequest,
  ExpressResponse,
  NextFunction,
  RequestMiddleware,
} from './express/middleware';
