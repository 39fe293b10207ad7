/** nestjs-pino, its request logging off as everywhere, with its own context. */
import 'reflect-metadata';
import nestjsPino from 'nestjs-pino';
import { pino } from 'pino';

export function create({ file, level }) {
  const stream = pino.destination({ dest: file, minLength: 4096, sync: true });
  let logger;
  return {
    nest: {
      imports: [nestjsPino.LoggerModule.forRoot({ pinoHttp: [{ level, autoLogging: false }, stream] })],
      logger: false,
      async created(app) {
        logger = await app.resolve(nestjsPino.PinoLogger);
        app.useLogger(app.get(nestjsPino.Logger));
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
