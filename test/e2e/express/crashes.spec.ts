/** Failures outside of handlers, in unhandled promises and timers, in a child process, which they may end. */
import { describe, expect, it } from 'vitest';
import { runChild } from '../../support/child';

/** When the failure happens, and how the process handles it. */
interface CrashCase {
  readonly title: string;
  /** Runs in the handler; `answered()` is true once the client has its answer. */
  readonly handler: string;
  /** Runs at the start of the program. */
  readonly setUp?: string;
  readonly lines: readonly string[];
  readonly code: number;
  /** A part of Node's own output. */
  readonly stderr?: string;
}

const TIMER = `const timer = setInterval(() => { if (!answered()) return; clearInterval(timer); throw new Error('in a timer'); }, 1);`;
const REJECTION = `(async () => { while (!answered()) await tick(); throw new Error('floating'); })();`;
const DUMP = ['* DEBUG before', '* DEBUG after'];

const CASES: readonly CrashCase[] = [
  {
    title: 'a timer throws while the request runs',
    handler: `setImmediate(() => { throw new Error('in a timer'); });`,
    lines: ['INFO now', ...DUMP, 'ERROR GET /case failed: in a timer'],
    code: 1,
    stderr: 'in a timer',
  },
  {
    title: 'a promise that nobody awaits rejects while the request runs',
    handler: `Promise.reject(new Error('floating'));`,
    lines: ['INFO now', ...DUMP, 'ERROR GET /case failed: floating'],
    code: 1,
    stderr: 'floating',
  },
  {
    title: 'a timer throws after the answer',
    handler: `${TIMER} response.send('ok');`,
    lines: ['INFO now', 'INFO GET /case 200', 'client 200', ...DUMP, 'ERROR GET /case failed: in a timer'],
    code: 1,
    stderr: 'in a timer',
  },
  {
    title: 'a promise that nobody awaits rejects after the answer',
    handler: `${REJECTION} response.send('ok');`,
    lines: ['INFO now', 'INFO GET /case 200', 'client 200', ...DUMP, 'ERROR GET /case failed: floating'],
    code: 1,
    stderr: 'floating',
  },
  {
    title: 'the application itself takes uncaught exceptions',
    setUp: `process.on('uncaughtException', (error) => { out('taken: ' + error.message); setImmediate(() => process.exit(0)); });`,
    handler: `${TIMER} response.send('ok');`,
    lines: [
      'INFO now',
      'INFO GET /case 200',
      'client 200',
      ...DUMP,
      'ERROR GET /case failed: in a timer',
      'taken: in a timer',
    ],
    code: 0,
  },
  {
    title: 'the application itself takes unhandled rejections',
    setUp: `process.on('unhandledRejection', (error) => { out('taken: ' + error.message); setImmediate(() => process.exit(0)); });`,
    handler: `${REJECTION} response.send('ok');`,
    lines: [
      'INFO now',
      'INFO GET /case 200',
      'client 200',
      ...DUMP,
      'ERROR GET /case failed: floating',
      'taken: floating',
    ],
    code: 0,
  },
  {
    title: 'the process is told to end while the request runs',
    setUp: `process.on('SIGTERM', async () => {
      server.closeAllConnections();
      await lib('logging').shutdown();
      out('shut down');
      process.exit(0);
    });`,
    handler: `process.kill(process.pid, 'SIGTERM');`,
    lines: ['INFO now', ...DUMP, 'shut down'],
    code: 0,
  },
  {
    title: 'the process fails outside every request',
    handler: `response.send('ok');`,
    setUp: `const timer = setInterval(() => { if (!answered()) return; clearInterval(timer); throw new Error('elsewhere'); }, 1);`,
    lines: ['INFO now', 'INFO GET /case 200', 'client 200'],
    code: 1,
    stderr: 'elsewhere',
  },
];

function program(express: string, { handler, setUp = '' }: CrashCase): string {
  return `
    const out = (text) => require('node:fs').writeSync(1, text + '\\n');
    const { getLogger, StreamHandler } = lib('logging');
    const { requestLogs, errorLogs } = lib('express');
    const express = require('${express}');
    const tick = () => new Promise((resolve) => setImmediate(resolve));
    let isAnswered = false;
    const answered = () => isAnswered;
    const format = (record) =>
      (record.hindsight ? '* ' : '') + record.levelname + ' ' + record.getMessage().replace(/ \\d+ ms$/, '') +
      (record.excInfo ? ': ' + record.excInfo.message : '');
    ${setUp}
    const app = express();
    app.use(requestLogs({ target: new StreamHandler(process.stdout, { formatter: { format } }), dumpRecord: false }));
    const log = getLogger('shop');
    app.get('/case', (request, response) => {
      log.debug('before');
      log.info('now');
      log.debug('after');
      ${handler}
    });
    app.use(errorLogs());
    const server = app.listen(0, '127.0.0.1', () => {
      require('node:http').get({ port: server.address().port, path: '/case', agent: false }, (response) => {
        response.resume().on('close', async () => {
          // The request record is written when the server has seen the response close.
          while (lib('logging').stats().scopes.live > 0) await tick();
          out('client ' + response.statusCode);
          isAnswered = true;
          server.close();
        });
      }).on('error', () => {
        // The process has ended.
      });
    });`;
}

describe.each(['express', 'express4'])('%s: when', { timeout: 60_000 }, (express) => {
  it.each(CASES)('$title, the target gets this before the process ends', async (testCase) => {
    const result = await runChild(program(express, testCase));

    expect(result.stdout.trimEnd().split('\n')).toEqual(testCase.lines);
    expect(result.code).toBe(testCase.code);
    expect(result.stderr).toContain(testCase.stderr ?? '');
  });
});
