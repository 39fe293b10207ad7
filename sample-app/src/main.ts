/** Starts the shop on `PORT`, 3000 if unset. */
import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { getLogger } from 'nestjs-hindsight';
import { AppModule } from './app.module';

async function main(): Promise<void> {
  const app = await NestFactory.create<NestExpressApplication>(AppModule, { bufferLogs: true });
  app.enableShutdownHooks();
  await app.listen(process.env['PORT'] ?? 3000);
  getLogger('shop').info('open at %s', await app.getUrl());
}

void main();
