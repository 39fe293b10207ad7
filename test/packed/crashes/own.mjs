/** What an application does when its process gets a signal or is about to end, by the name of the case. */
import { say } from './say.mjs';

export const own = {
  /** Logs the Error and ends the process at once. */
  catchAndExit() {
    process.on('uncaughtException', (error, origin) => {
      say(`caught ${error.message} ${origin}`);
      process.exit(7);
    });
  },
  catchAndExitLater() {
    process.on('uncaughtException', (error) => {
      say(`caught ${error.message}`);
      setTimeout(() => process.exit(7), 20);
    });
  },
  catchAndGoOn() {
    process.on('uncaughtException', (error) => say(`caught ${error.message}`));
  },
  captureAndGoOn() {
    process.setUncaughtExceptionCaptureCallback((error) => say(`captured ${error.message}`));
  },
  rejections() {
    process.on('unhandledRejection', (error) => say(`rejected ${error.message}`));
  },
  rejectionsOnce() {
    process.once('unhandledRejection', (error) => say(`rejected ${error.message}`));
  },
  rejectionsThrow() {
    process.on('unhandledRejection', (error) => {
      say(`rejected ${error.message}`);
      throw error;
    });
  },
  exitCode9() {
    process.on('exit', () => {
      process.exitCode = 9;
    });
  },
  termExits() {
    process.on('SIGTERM', () => process.exit(0));
  },
  termCloses({ server }) {
    process.on('SIGTERM', () => {
      say('closing');
      server.close(() => process.exit(0));
      server.closeIdleConnections();
    });
  },
  termClosesThenKills({ server }) {
    process.on('SIGTERM', () => {
      server.close(() => process.exit(0));
      setTimeout(() => process.exit(5), 30);
    });
  },
  termShutsDown({ server, shutDown }) {
    process.on('SIGTERM', () => {
      server.closeAllConnections();
      void shutDown().then(() => process.exit(0));
    });
  },
  termOnce() {
    process.once('SIGTERM', () => say('closing'));
  },
  termTwice() {
    let count = 0;
    process.on('SIGTERM', () => {
      say('closing');
      if (++count === 2) process.exit(6);
    });
  },
  termThrows() {
    process.on('SIGTERM', () => {
      throw new Error('cannot close');
    });
  },
  termRejects() {
    process.on('SIGTERM', () => {
      setTimeout(() => void Promise.reject(new Error('cannot close')), 1);
    });
  },
  intExits() {
    process.on('SIGINT', () => process.exit(130));
  },
  /** A job that was not started by a request. */
  jobCrashes({ jobs }) {
    void jobs.nightly();
  },
  crashesOutside() {
    process.on('SIGUSR2', () =>
      setTimeout(() => {
        throw new Error('elsewhere');
      }, 1),
    );
  },
};
