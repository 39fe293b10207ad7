/** nest-winston as Nest's logger. It has no request context, so a line has only the data of the call. */
import 'reflect-metadata';
import nestWinston from 'nest-winston';
import { closeWinston, fileLogger } from '../harness/winston-file.mjs';

export function create({ file, level }) {
  const instance = fileLogger(file, level);
  const logger = nestWinston.WinstonModule.createLogger({ instance });
  return {
    nest: { logger },
    info: (_req, id, message) => logger.log({ message, id }, 'shop.parcels'),
    debug: (_req, id, step) => logger.debug({ message: 'parcel checked', id, step }, 'shop.parcels'),
    close: () => closeWinston(instance),
  };
}
