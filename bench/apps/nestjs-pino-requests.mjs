/** nestjs-pino with its request log, one line for each request. */
import { createNestjsPino } from './nestjs-pino.mjs';

export const create = (job) => createNestjsPino(job, true);
