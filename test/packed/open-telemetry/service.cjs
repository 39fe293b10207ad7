/** A Nest service with a real SDK. It prints the records and the span of each request, and the headers sent to another service. */
require('reflect-metadata');
const { currentScope, LoggingModule } = require('nestjs-hindsight');
const { getLogger, JsonFormatter, stats } = require('nestjs-hindsight/logging');
const { CollectingHandler } = require('nestjs-hindsight/testing');

// The package looks for spans before the SDK is loaded.
getLogger('boot').debug('before the SDK');
if (globalThis.exporter === undefined) require('./tracing.cjs');

const http = require('node:http');
const { context } = require('@opentelemetry/api');
const { suppressTracing } = require('@opentelemetry/core');
const common = require('@nestjs/common');
const { NestFactory } = require('@nestjs/core');

const { exporter } = globalThis;
const TRACE = '0af7651916cd43dd8448eb211c80319c';
const CALLER = 'b7ad6b7169203331';

const seen = new CollectingHandler({ formatter: new JsonFormatter() });
const log = new common.Logger('Orders');
const received = [];
const stock = http.createServer((request, response) => {
  received.push(request.headers);
  response.end('3');
});
const stockUrl = () => `http://127.0.0.1:${stock.address().port}/`;

const viaFetch = async (headers) => (await fetch(stockUrl(), { headers })).text();
const viaHttp = (headers) =>
  new Promise((resolve, reject) => {
    http.get(stockUrl(), { headers }, (response) => response.resume().on('end', resolve)).on('error', reject);
  });

class Orders {
  found() {
    log.debug('held');
    return 'found';
  }

  missing() {
    log.debug('held');
    throw new common.NotFoundException();
  }

  async fails() {
    log.debug('held');
    log.log('at once');
    await new Promise((resolve) => setTimeout(resolve, 5));
    log.debug('held later');
    throw new Error('no stock');
  }

  unavailable() {
    log.debug('held');
    throw new common.ServiceUnavailableException('try later');
  }

  async cut(response) {
    log.debug('held');
    response.write('half of it');
    await new Promise((resolve) => setTimeout(resolve, 5));
    response.destroy();
    throw new Error('no stock');
  }

  async left(response) {
    log.debug('held');
    response.write('begun');
    await new Promise((resolve) => response.once('close', resolve));
    throw new Error('no stock');
  }

  async asks() {
    for (const via of [viaFetch, viaHttp]) {
      await via({});
      await via(currentScope().headers());
    }
    return 'asked';
  }
}
const paths = Object.getOwnPropertyNames(Orders.prototype).filter((name) => name !== 'constructor');
for (const path of paths)
  common.Get(path)(Orders.prototype, path, Object.getOwnPropertyDescriptor(Orders.prototype, path));
for (const path of ['cut', 'left']) common.Res()(Orders.prototype, path, 0);
common.Controller()(Orders);

class App {}
const logging = LoggingModule.forRoot({ handlers: { seen } });
common.Module({ controllers: [Orders], imports: [logging] })(App);

/** A client without a span that sends a `traceparent`. */
function ask(url, { leaves }) {
  return context.with(
    suppressTracing(context.active()),
    () =>
      new Promise((resolve) => {
        const headers = { traceparent: `00-${TRACE}-${CALLER}-01`, 'x-request-id': 'sent-along' };
        const request = http.get(url, { headers }, (response) => {
          if (leaves) response.once('data', () => request.destroy());
          response.resume().once('close', resolve);
          response.on('error', () => undefined);
        });
        request.on('error', () => undefined);
      }),
  );
}

const until = async (condition) => {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 2));
};

async function observe(url, path) {
  seen.clear();
  exporter.reset();
  received.length = 0;
  await ask(`${url}/${path}`, { leaves: path === 'left' });
  const server = () => exporter.getFinishedSpans().find((span) => span.parentSpanContext?.spanId === CALLER);
  await until(() => stats().scopes.live === 0 && server() !== undefined);
  const span = server();
  const { traceId, spanId } = span.spanContext();
  const records = seen.messages.map((text) => JSON.parse(text));
  const logged = records.filter(({ hindsight }) => hindsight?.dump === undefined);
  return {
    lines: logged.map((line) => `${line.level} ${line.message}`.replace(/ \d+ ms$/, '')),
    // Also for the headings of dumps.
    ids: [...new Set(records.map((line) => `${line.traceId} ${line.spanId} ${line.requestId}`))],
    expected: `${traceId} ${spanId} sent-along`,
    events: span.events.map(({ name, attributes }) => `${name} ${attributes.reason} ${attributes.records}`),
    received: received.map(({ traceparent, 'x-request-id': requestId }) => ({
      traceId: traceparent?.split('-')[1],
      traceparents: traceparent?.split(',').length ?? 0,
      requestId,
    })),
  };
}

async function main() {
  await new Promise((resolve) => stock.listen(0, '127.0.0.1', resolve));
  const app = await NestFactory.create(App, { bufferLogs: true });
  await app.listen(0, '127.0.0.1');
  const url = await app.getUrl();
  const found = {};
  for (const path of paths) found[path] = await observe(url, path);
  console.log(JSON.stringify(found));
  await app.close();
  stock.closeAllConnections();
  stock.close();
}

void main();
