/** multer, as @nestjs/platform-express brings it along. It has no types of its own. */
import type { RequestHandler } from 'express';
import { createRequire } from 'node:module';
import type { Readable } from 'node:stream';

/** A file of a multipart body while it comes in. */
export interface IncomingFile {
  readonly originalname: string;
  readonly stream: Readable;
}

type Done<T> = (error: unknown, result?: T) => void;

export interface Storage {
  _handleFile(request: unknown, file: IncomingFile, done: Done<{ readonly size: number }>): void;
  _removeFile(request: unknown, file: IncomingFile, done: Done<void>): void;
}

export interface MulterOptions {
  readonly storage?: Storage;
  readonly fileFilter?: (
    request: unknown,
    file: Pick<IncomingFile, 'originalname'>,
    done: (error: null, accept: boolean) => void,
  ) => void;
  readonly limits?: { readonly fileSize?: number };
}

export const multer = createRequire(__filename)('multer') as (options: MulterOptions) => {
  single(field: string): RequestHandler;
};
