/** The routes in an application of Express 5 and of Nest 12. */
import { createRequire } from 'node:module';
import { join } from 'node:path';

const require = createRequire(import.meta.url);

const FLOODS = ['flood', 'forced', 'manual'];

const isManual = (path) => ({ manual: path === 'manual' });

async function expressApp({ lib, routes, target, options }) {
  const express = require('express');
  const { requestLogs, errorLogs } = require(join(lib, 'express.js'));
  const app = express();
  app.use(requestLogs({ target, ...options }));
  app.get('/orders/:n', (request, response) => routes.orders(Number(request.params.n), response));
  for (const path of FLOODS) {
    app.get(`/${path}/:n`, (request) => routes.flood(Number(request.params.n), isManual(path)));
  }
  app.use(errorLogs());
  // oxlint-disable-next-line max-params -- Express recognises an error handler by its four parameters
  app.use((error, request, response, _next) => {
    if (response.headersSent) response.end();
    else response.status(500).json({ error: 'lost' });
  });
  const server = await new Promise((resolve) => {
    const listening = app.listen(0, '127.0.0.1', () => resolve(listening));
  });
  return { server, close: () => new Promise((resolve) => server.close(resolve)) };
}

/** Calls decorators as functions, so that no compiler is needed. */
function nestController(routes) {
  const { Controller, Get, Param, Res } = require('@nestjs/common');
  class Soak {
    orders(n, response) {
      return routes.orders(Number(n), response);
    }
  }
  for (const path of FLOODS) Soak.prototype[path] = (n) => routes.flood(Number(n), isManual(path));
  Controller()(Soak);
  for (const name of ['orders', ...FLOODS]) {
    Get(`${name}/:n`)(Soak.prototype, name, Object.getOwnPropertyDescriptor(Soak.prototype, name));
    Param('n')(Soak.prototype, name, 0);
  }
  Res()(Soak.prototype, 'orders', 1);
  return Soak;
}

async function nestApp({ lib, routes, target, options }) {
  require('reflect-metadata');
  const { Module } = require('@nestjs/common');
  const { NestFactory } = require('@nestjs/core');
  const { LoggingModule } = require(join(lib, 'index.js'));
  const logging = LoggingModule.forRoot({
    handlers: { file: target },
    level: 'DEBUG',
    logIfErrors: { target: 'file', ...options },
  });
  class App {}
  Module({ imports: [logging], controllers: [nestController(routes)] })(App);
  const app = await NestFactory.create(App, { bufferLogs: true });
  await app.listen(0, '127.0.0.1');
  return { server: app.getHttpServer(), close: () => app.close() };
}

const APPS = { express: expressApp, nest: nestApp };

/** Listens on a free port. `close` resolves when the server and, in Nest, the handlers are closed. */
export function listen(framework, init) {
  return APPS[framework](init);
}
