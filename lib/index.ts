/** The Nest wing: the logging module, its decorators and tokens, and all of `nestjs-hindsight/logging`. */
export {};
