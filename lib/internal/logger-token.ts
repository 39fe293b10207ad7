/** Prefix of the Nest provider token of a logger. The name of the logger follows. */
export const LOGGER_TOKEN = 'nestjs-hindsight:logger:';
