/** Where the shop's log goes: a console for people, a file for programs, and both get the story of a failing request. */
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
    // At once from here on; below it only for requests that fail. DEBUG is a log as it was before.
    passThroughLevel: process.env['LOG_LEVEL'] ?? 'INFO',
    slowMs: 1000,
    exclude: ['/health'],
  },
};
