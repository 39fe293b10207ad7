/** Python's `logging` in TypeScript: loggers, handlers, formatters, queues, configuration and scopes. */
export {};
