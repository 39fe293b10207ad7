/** The versions of Express that every case runs on. */
import { createRequire } from 'node:module';
import express, { type NextFunction, type Request, type RequestHandler, type Response } from 'express';

export interface ExpressVersion {
  readonly name: string;
  /** Express 4 has the same functions, as far as the cases need them. */
  readonly express: typeof express;
  /** An async handler. Express 5 awaits it; in Express 4 it must pass its Error to `next` itself. */
  readonly waitsFor: (
    handler: (request: Request, response: Response, next: NextFunction) => Promise<unknown>,
  ) => RequestHandler;
}

const express4 = createRequire(__filename)('express4') as typeof express;

export const VERSIONS: readonly ExpressVersion[] = [
  { name: 'Express 5', express, waitsFor: (handler) => handler },
  {
    name: 'Express 4',
    express: express4,
    waitsFor: (handler) => (request, response, next) => void handler(request, response, next).catch(next),
  },
];
