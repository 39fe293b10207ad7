#!/usr/bin/env node
/** The program `nestjs-hindsight`: `npx nestjs-hindsight listen --config logging.json`. */
import { isError } from '../internal/foreign';
import { readArguments, USAGE, UsageError } from './arguments';
import { listen } from './listen';

/** Returns the exit code: 0 for success, 1 for a failure, 2 for a wrong command or configuration. */
async function run(args: readonly string[]): Promise<number> {
  try {
    const command = readArguments(args);
    if (command.name === 'listen') return await listen(command);
    process.stdout.write(USAGE);
    return 0;
  } catch (error) {
    const message = isError(error) ? error.message : String(error);
    process.stderr.write(`nestjs-hindsight: ${message}\n`);
    return error instanceof UsageError ? 2 : 1;
  }
}

void run(process.argv.slice(2)).then((code) => {
  process.exitCode = code;
});
