/** nestjs-hindsight: the middleware in Express, the module in Nest; without request records. */
import 'reflect-metadata';
import { FileHandler, getLogger, JsonFormatter } from 'nestjs-hindsight/logging';

/** Every failure is dumped, because the bench counts the lines of all failures. */
const options = { requestRecord: false, dumpRecord: false, maxDumpsPerSecond: false };

async function express(target) {
  const { requestLogs, errorLogs } = await import('nestjs-hindsight/express');
  return { middleware: requestLogs({ target, ...options }), errorMiddleware: errorLogs() };
}

async function nest(target) {
  const { LoggingModule } = await import('nestjs-hindsight');
  const module = LoggingModule.forRoot({
    handlers: { file: target },
    level: 'DEBUG',
    logIfErrors: { target: 'file', ...options },
  });
  return { nest: { imports: [module] } };
}

export async function create({ file, framework }) {
  const target = new FileHandler(file, { formatter: new JsonFormatter(), buffer: {} });
  const app = await (framework === 'express' ? express : nest)(target);
  const logger = getLogger('shop.parcels');
  return {
    ...app,
    info: (_req, id, message) => logger.info(message, { id }),
    debug: (_req, id, step) => logger.debug('parcel checked', { id, step }),
    // The scope writes the Error itself.
    error: () => {},
    close: () => target.close(),
  };
}
