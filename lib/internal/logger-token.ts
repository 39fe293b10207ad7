/** What the token of a logger begins with among the providers of Nest; the name of the logger follows. */
export const LOGGER_TOKEN = 'nestjs-hindsight:logger:';
