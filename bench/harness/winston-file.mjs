/** winston with one JSON file, and a way to wait for its last line. */
import { setTimeout } from 'node:timers/promises';
import { createLogger, format, transports } from 'winston';

const JSON_LINES = format.combine(format.timestamp(), format.json());

export function fileLogger(filename, level = 'info', layout = JSON_LINES) {
  return createLogger({ level, format: layout, transports: [new transports.File({ filename })] });
}

export async function closeWinston(logger) {
  const [transport] = logger.transports;
  const finished = new Promise((resolve) => transport.once('finish', resolve));
  // end() with lines still queued fails with "write after end".
  while (logger.readableLength + logger.writableLength + transport.writableLength > 0) await setTimeout(5);
  logger.end();
  await finished;
}
