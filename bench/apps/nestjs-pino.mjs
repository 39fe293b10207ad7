/** nestjs-pino with its request context and without its request log. */
import 'reflect-metadata';
import { Logger, LoggerModule, PinoLogger } from 'nestjs-pino';
import { pino } from 'pino';

export const create = (job) => createNestjsPino(job, false);

export function createNestjsPino({ file, level }, autoLogging) {
  const stream = pino.destination({ dest: file, minLength: 4096, sync: true });
  let logger;
  return {
    nest: {
      imports: [LoggerModule.forRoot({ pinoHttp: [{ level, autoLogging }, stream] })],
      logger: false,
      async created(app) {
        logger = await app.resolve(PinoLogger);
        app.useLogger(app.get(Logger));
      },
    },
    info: (_req, id, message) => logger.info({ id }, message),
    debug: (_req, id, step) => logger.debug({ id, step }, 'parcel checked'),
    async close() {
      stream.end();
      await new Promise((resolve) => stream.once('close', resolve));
    },
  };
}
