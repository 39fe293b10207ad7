/** `import 'nestjs-hindsight'`: exports the same as `require` does. Imports Nest as ES modules do, for the CommonJS files. */
import { pathToFileURL } from 'node:url';
import * as common from '@nestjs/common';
import * as core from '@nestjs/core';
import * as exceptionsHandler from '@nestjs/core/exceptions/exceptions-handler.js';
import * as externalExceptionsHandler from '@nestjs/core/exceptions/external-exceptions-handler.js';
import * as instanceLoader from '@nestjs/core/injector/instance-loader.js';
import { useNest } from './nest/nest.js';

useNest({
  common,
  core,
  exceptionsHandler,
  externalExceptionsHandler,
  instanceLoader,
  loadFile: async (path) => (await import(pathToFileURL(path).href)) as unknown,
});

export * from './index.js';
