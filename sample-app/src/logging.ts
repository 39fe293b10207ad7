/** The logging of the shop: a console for people and a file for programs. Both get the dumps of failing requests. */
import {
  FileHandler,
  JsonFormatter,
  PrettyFormatter,
  StreamHandler,
  type LoggingModuleForRootOptions,
} from 'nestjs-hindsight';

const redact = ['card'];

export const logging: LoggingModuleForRootOptions = {
  level: 'DEBUG',
  handlers: {
    console: new StreamHandler(process.stdout, {
      formatter: new PrettyFormatter({ redact, stream: process.stdout }),
    }),
    file: new FileHandler(process.env['LOG_FILE'] ?? 'shop.jsonl', {
      formatter: new JsonFormatter({ redact }),
    }),
  },
  logIfErrors: {
    // Records at or above this level are written at once, others only for requests that fail. DEBUG writes everything.
    passThroughLevel: process.env['LOG_LEVEL'] ?? 'INFO',
    slowMs: 1000,
    exclude: ['/health'],
  },
};
