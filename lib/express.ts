/** Entry `nestjs-hindsight/express`: middleware for Express 4 and 5 that holds the records of each request. */
export { errorLogs, requestLogs, type RequestLogsOptions } from './express/middleware';
export type {
  ErrorMiddleware,
  ExpressRequest,
  ExpressResponse,
  NextFunction,
  RequestMiddleware,
} from './express/middleware';
