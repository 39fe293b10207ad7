/** winston with winston-daily-rotate-file. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { createLogger, format } from 'winston';
import DailyRotateFile from 'winston-daily-rotate-file';
export const title = 'winston-daily-rotate-file';

/** Ends the logger, and waits until every file is closed and every backup compressed. The logger reports neither. */
async function ended(logger, files, directory) {
  const [transport] = logger.transports;
  while (logger.readableLength + logger.writableLength + transport.writableLength > 0) await setTimeout(5);
  logger.close();
  while (files.closed < files.made) await setTimeout(5);
  const isPlain = (name, _, names) => names.includes(`${name}.gz`);
  while (readdirSync(directory).some(isPlain)) await setTimeout(5);
}

export const rotating = {
  'JSON line': (directory, { maxBytes: maxSize }) => {
    const transport = new DailyRotateFile({
      filename: join(directory, 'app.log'),
      zippedArchive: true,
      ...(maxSize === undefined ? {} : { maxSize }),
    });
    const files = { made: 1, closed: 0 };
    transport.logStream.on('rotate', () => files.made++).on('close', () => files.closed++);
    const logger = createLogger({
      level: 'info',
      format: format.combine(format.timestamp(), format.json()),
      transports: [transport],
    });
    return {
      log: (i) => logger.info('order packed', { orderId: i, user: 'u-4711', ms: 12.5 }),
      close: () => ended(logger, files, directory),
    };
  },
};
