import { request, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { runChild, startChild, type Child } from '../../support/child';
import { until } from '../../support/until';

/** A shop whose lines go to standard output, one record each: `LEVEL name message`. */
const SHOP = String.raw`
require('reflect-metadata');
const { Controller, Get, Module } = require('@nestjs/common');
const { NestFactory } = require('@nestjs/core');
const { LoggingModule, getLogger, Handler } = lib('index');

class LineHandler extends Handler {
  emit(record) {
    const error = record.excInfo === undefined ? '' : ' [' + record.excInfo + ']';
    const why = record.hindsight === undefined ? '' : ' <' + record.hindsight.reason + '>';
    process.stdout.write(record.levelname + ' ' + record.name + ' ' + record.getMessage() + error + why + '\n');
  }
  async flush() {
    await new Promise((resolve) => setTimeout(resolve, 20));
    process.stdout.write('flushed ' + this.name + '\n');
  }
  close() {
    process.stdout.write('closed ' + this.name + '\n');
    return super.close();
  }
}
class StuckHandler extends LineHandler {
  emit() {}
  flush() {
    return new Promise(() => {});
  }
}
function decorate(type, routes) {
  for (const [name, path] of Object.entries(routes)) {
    Get(path)(type.prototype, name, Object.getOwnPropertyDescriptor(type.prototype, name));
  }
  Controller()(type);
  return type;
}
class Shop {
  wait() {
    getLogger('shop').debug('waiting');
    process.stdout.write('entered\n');
    return new Promise(() => {});
  }
  float() {
    getLogger('shop').debug('floating');
    setImmediate(() => Promise.reject(new Error('nobody listens')));
    return 'fine';
  }
  crash() {
    getLogger('shop').debug('crashing');
    setImmediate(() => { throw new Error('out of reach'); });
    return new Promise(() => {});
  }
}
decorate(Shop, { wait: 'wait', float: 'float', crash: 'crash' });

async function start(handlers, options = {}, extra = {}) {
  class App {}
  Module({ imports: [LoggingModule.forRoot({ handlers, shutdownTimeout: 200, logIfErrors: { dumpRecord: false } })], controllers: [Shop], ...extra })(App);
  const app = await NestFactory.create(App, { bufferLogs: true, ...options });
  app.enableShutdownHooks();
  const server = await app.listen(0, '127.0.0.1');
  process.stdout.write('port ' + server.address().port + '\n');
  return app;
}
`;

async function portOf(child: Child): Promise<number> {
  const [, port] = await until(() => /^port (\d+)$/m.exec(child.stdout), { what: 'the port' });
  return Number(port);
}

async function get(port: number, path: string): Promise<number | undefined> {
  const response = await new Promise<IncomingMessage>((resolve, reject) =>
    request({ port, host: '127.0.0.1', path, agent: false }, resolve).on('error', reject).end(),
  );
  response.resume();
  return response.statusCode;
}

function linesAfterPort(stdout: string): string[] {
  return stdout.slice(stdout.indexOf('port ')).split('\n').slice(1, -1);
}

describe('A process with Nest', () => {
  it('dumps the requests that SIGTERM cuts off, then flushes and closes each handler once, newest first', async () => {
    const child = await startChild(`${SHOP}
      start({ first: new LineHandler(), second: new StuckHandler(), third: new LineHandler() }, { forceCloseConnections: true });
    `);
    const port = await portOf(child);
    const socket = connect(port, '127.0.0.1').on('error', () => {});
    socket.write('GET /wait HTTP/1.1\r\nHost: shop\r\n\r\n');
    await until(() => child.stdout.includes('entered'), { what: 'the request' });

    child.kill('SIGTERM');
    const { signal, stdout, stderr } = await child.ended();

    expect(signal).toBe('SIGTERM');
    const lines = linesAfterPort(stdout);
    expect(lines.filter((line) => line.startsWith('DEBUG'))).toEqual([
      'DEBUG shop waiting <shutdown>',
      'DEBUG shop waiting <shutdown>',
    ]);
    expect(lines.slice(-5)).toEqual([
      'flushed third',
      'closed third',
      'closed second',
      'flushed first',
      'closed first',
    ]);
    expect(lines.filter((line) => line.startsWith('closed'))).toHaveLength(3);
    expect(stderr).toMatch(/second: the flush at shutdown failed: Error: not finished within 200 ms/);
  });

  it.each([true, false])('prints the error of a failing boot, with bufferLogs %s', async (bufferLogs) => {
    const { code, stdout, stderr } = await runChild(`${SHOP}
      const broken = { provide: 'db', useFactory: () => { throw new Error('no database'); } };
      start({ first: new LineHandler() }, { bufferLogs: ${bufferLogs} }, { providers: [broken] });
    `);

    expect(code).toBe(1);
    expect(stdout + stderr).toContain('no database');
  });

  it('hands the error of a failing boot to the handlers once they are there', async () => {
    const { code, stdout } = await runChild(`${SHOP}
      const late = async () => {
        await new Promise((resolve) => setTimeout(resolve, 20));
        throw new Error('no migrations');
      };
      start({ first: new LineHandler() }, {}, { providers: [{ provide: 'db', useFactory: late }] });
    `);

    expect(code).toBe(1);
    expect(stdout).toContain('INFO NestFactory Starting Nest application...');
    expect(stdout).toContain('ERROR ExceptionHandler no migrations [Error: no migrations]');
  });

  it('writes the lines that Nest holds back when the process is ended during the boot', async () => {
    const { code, stdout } = await runChild(`${SHOP}
      const late = async () => {
        await new Promise((resolve) => setTimeout(resolve, 20));
        process.exit(3);
      };
      start({ first: new LineHandler() }, {}, { providers: [{ provide: 'db', useFactory: late }] });
    `);

    expect(code).toBe(3);
    expect(stdout).toContain('INFO NestFactory Starting Nest application...');
  });

  it('prints a wrong option and ends', async () => {
    const { code, stderr } = await runChild(`${SHOP}
      const late = () => ({ logIfErrors: { target: 'nowhere' } });
      class App {}
      Module({ imports: [LoggingModule.forRootAsync({ useFactory: late })] })(App);
      NestFactory.create(App, { bufferLogs: true });
    `);

    expect(code).toBe(1);
    expect(stderr).toContain(
      'names the handler "nowhere", which "handlers" does not have; known are console.',
    );
  });

  it('dumps a request with a floating promise that rejects, although it was answered with 200', async () => {
    const child = await startChild(`${SHOP}
      process.on('unhandledRejection', () => {});
      start({ first: new LineHandler() });
    `);
    const port = await portOf(child);

    expect(await get(port, '/float')).toBe(200);

    await until(() => child.stdout.includes('nobody listens'), { what: 'the Error' });
    const lines = linesAfterPort(child.stdout).map((line) => line.replace(/\d+ ms/, 'N ms'));
    expect(lines.toSorted()).toEqual([
      expect.stringMatching(/^DEBUG shop floating <(crash|late error)>$/),
      'ERROR http GET /float failed [Error: nobody listens]',
      expect.stringMatching(/^(INFO|ERROR) http GET \/float 200 N ms$/),
    ]);
  });

  it('dumps the request that ends the process', async () => {
    const child = await startChild(`${SHOP}
      start({ first: new LineHandler() });
    `);
    const port = await portOf(child);

    await expect(get(port, '/crash')).rejects.toThrow(/socket hang up|ECONNRESET/);
    const { code, stdout, stderr } = await child.ended();

    expect(code).not.toBe(0);
    expect(stderr).toContain('out of reach');
    expect(linesAfterPort(stdout).slice(0, 2)).toEqual([
      'DEBUG shop crashing <crash>',
      'ERROR http GET /crash failed [Error: out of reach]',
    ]);
  });
});
