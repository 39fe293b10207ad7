/** The entry for Nest: the logging module, its decorators and tokens, and all of `nestjs-hindsight/logging`. */
// First: it reports a missing peer, and how to install it, before an import fails.
import './nest/nest';
export * from './logging';
export * from './nest';
