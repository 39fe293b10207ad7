/** The route of the service. By its kind, a request logs, waits, answers, throws or leaks. */
import { setImmediate as turn } from 'node:timers/promises';
import { BIG_STEPS, kindOf } from './mix.mjs';

/** DEBUG records of a request in the flood. */
export const FLOOD_STEPS = 20;

const never = () => new Promise(() => {});

function lost(n) {
  const ErrorClass = n % 2 === 0 ? TypeError : RangeError;
  return new ErrorClass(`lost ${n}`);
}

/** A logger that counts its records, to compare them with the counts of the library. */
export function countingLogger(logger) {
  const counted = { logged: 0 };
  for (const level of ['debug', 'info', 'error']) {
    counted[level] = (...args) => {
      counted.logged++;
      logger[level](...args);
    };
  }
  return counted;
}

/** `log`: a countingLogger. `library`: the package's `logging` entry. */
export function soakRoutes(log, { runInScope, currentScope }, mix) {
  const steps = (n, count) => {
    for (let i = 0; i < count; i++) log.debug('step', { n, i });
  };

  async function rejectLater(n, closed) {
    await closed;
    await turn();
    steps(n, 1);
    throw lost(n);
  }

  async function logLater(n, closed) {
    await closed;
    for (let i = 0; i < 3; i++) {
      await turn();
      steps(n, 1);
    }
    log.info('done late', { n });
  }

  async function leak(n) {
    const kept = Buffer.alloc(1024, 1);
    steps(n, 1);
    await never();
    log.debug('never', { kept });
  }

  function inner(n, fails) {
    return runInScope({}, async () => {
      steps(n, 2);
      await turn();
      if (fails) throw lost(n);
    });
  }

  const ends = {
    success() {},
    failure(n) {
      throw lost(n);
    },
    logged(n) {
      const error = lost(n);
      log.error('cannot go on', error);
      throw error;
    },
    'late failure'(n, { closed }) {
      void rejectLater(n, closed);
    },
    async rejection(n) {
      void Promise.reject(lost(n));
      await turn();
    },
    'left early': (n, { closed }) => closed,
    'left midway': (n, { closed }) => closed,
    async 'left, then failure'(n, { closed }) {
      await closed;
      throw lost(n);
    },
    async abandoned(n, { closed }) {
      await closed;
      await never();
    },
    leak(n) {
      void leak(n);
      void runInScope({}, () => leak(n));
    },
    'late logs'(n, { closed }) {
      void logLater(n, closed);
    },
    nested: (n) => inner(n, false),
    'nested failure': (n) => inner(n, true),
    big: (n) => steps(n, BIG_STEPS - 4),
    'big failure'(n) {
      steps(n, BIG_STEPS - 4);
      throw lost(n);
    },
  };

  return {
    /** `/orders/:n` */
    async orders(n, response) {
      const closed = new Promise((resolve) => response.once('close', resolve));
      const kind = kindOf(n, mix);
      steps(n, 2);
      await turn();
      steps(n, 2);
      if (kind === 'left midway') response.write('{');
      else if (kind !== 'big' && kind !== 'big failure') steps(n, 1);
      await ends[kind](n, { closed });
      if (!response.headersSent) response.json({ n });
      else response.end();
    },
    /** `/flood/:n`, `/forced/:n` and `/manual/:n`: all of them fail. */
    async flood(n, { manual = false } = {}) {
      steps(n, FLOOD_STEPS / 2);
      await turn();
      steps(n, FLOOD_STEPS / 2);
      if (manual) currentScope().dump('manual');
      throw lost(n);
    },
  };
}
