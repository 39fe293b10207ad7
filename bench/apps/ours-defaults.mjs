/**
 * nestjs-hindsight with its defaults: JSON on stdout, one record for each request. Only the limit of dumps and the heading of a dump
 * are off, because the bench counts the lines of all failures.
 */
import 'reflect-metadata';
import { getLogger, JsonFormatter, StreamHandler } from 'nestjs-hindsight/logging';

const options = { dumpRecord: false, maxDumpsPerSecond: false };

async function express() {
  const { requestLogs, errorLogs } = await import('nestjs-hindsight/express');
  const target = new StreamHandler(process.stdout, { formatter: new JsonFormatter() });
  return { middleware: requestLogs({ target, ...options }), errorMiddleware: errorLogs() };
}

async function nest() {
  const { LoggingModule } = await import('nestjs-hindsight');
  const module = LoggingModule.forRoot({ level: 'DEBUG', logIfErrors: options });
  return { nest: { imports: [module] } };
}

export async function create({ framework }) {
  process.env.NODE_ENV = 'production';
  const adapter = await (framework === 'express' ? express : nest)();
  const logger = getLogger('shop.parcels');
  return {
    ...adapter,
    info: (_req, id, message) => logger.info(message, { id }),
    debug: (_req, id, step) => logger.debug('parcel checked', { id, step }),
    error: () => {},
    close: () => {},
  };
}
