/** Decorated handlers that a library calls with Nest's ExternalContextCreator, as libraries for brokers do. */
import { Injectable, Logger as NestLog, type OnModuleInit } from '@nestjs/common';
import { ExternalContextCreator } from '@nestjs/core';
import { describe, expect, it } from 'vitest';
import { getLogger, LogIfErrors } from '../../../lib';
import { startNestApp, type NestApp } from '../../support/nest-app';

const log = getLogger('orders');

@Injectable()
class Orders {
  @LogIfErrors()
  async place(message: { readonly error: Error }): Promise<void> {
    log.debug('placing');
    await Promise.resolve();
    throw message.error;
  }

  async undecorated(message: { readonly error: Error }): Promise<void> {
    await Promise.resolve();
    throw message.error;
  }
}

@Injectable()
@LogIfErrors()
class Invoices {
  send(message: { readonly error: Error }): void {
    log.debug('sending');
    throw message.error;
  }
}

type Handle = (message: { readonly error: Error }) => Promise<unknown>;

/** Finds the handlers when the application starts, as the module of a library does. */
@Injectable()
class Broker implements OnModuleInit {
  readonly handles = new Map<string, Handle>();

  constructor(
    private readonly creator: ExternalContextCreator,
    private readonly orders: Orders,
    private readonly invoices: Invoices,
  ) {}

  onModuleInit(): void {
    this.#add(this.orders, 'place');
    this.#add(this.orders, 'undecorated');
    this.#add(this.invoices, 'send');
  }

  async deliver(name: string, error: Error): Promise<void> {
    await this.handles.get(name)?.({ error });
  }

  #add(instance: object, name: string): void {
    const callback = Reflect.get(instance, name) as (...args: unknown[]) => unknown;
    const handle = this.creator.create(
      instance,
      callback,
      name,
      undefined,
      undefined,
      undefined,
      undefined,
      undefined,
      'rmq',
    );
    this.handles.set(name, handle as Handle);
  }
}

async function start(): Promise<{ readonly nest: NestApp; readonly broker: Broker }> {
  const nest = await startNestApp({ providers: [Broker, Orders, Invoices] });
  return { nest, broker: nest.app.get(Broker) };
}

describe('A decorated handler of a broker that fails', () => {
  it.each([
    ['place', 'placing', 'Orders.place'],
    ['send', 'sending', 'Invoices.send'],
  ])('is written once, even if Nest reports the Error: %s', async (name, held, title) => {
    const { nest, broker } = await start();
    const error = new Error('no stock');

    await expect(broker.deliver(name, error)).rejects.toBe(error);

    expect(nest.lines).toEqual([`DEBUG orders ${held}`, `ERROR call ${title} failed`]);
    expect(nest.errors).toEqual([error]);
  });

  it.each<[string, (error: Error) => readonly unknown[]]>([
    ['the Error', (error) => [error]],
    ['its text and its stack', (error) => [error.message, error.stack]],
    ['its name, its text and its stack', (error) => [String(error), error.stack]],
  ])('is written once, even if the library reports it, too: %s', async (_how, parts) => {
    const { nest, broker } = await start();
    const error = new TypeError('no stock');
    await expect(broker.deliver('place', error)).rejects.toBe(error);

    const [message, ...rest] = parts(error);
    new NestLog('AmqpConnection').error(message, ...rest);

    expect(nest.errors).toEqual([error]);
    expect(nest.lines).toHaveLength(2);
  });

  it('is written again with a report that has more information', async () => {
    const { nest, broker } = await start();
    const error = new Error('no stock');
    await expect(broker.deliver('place', error)).rejects.toBe(error);

    new NestLog('AmqpConnection').error('giving up after 3 attempts', error.stack);
    new NestLog('AmqpConnection').fatal(error);

    expect(nest.lines.slice(2)).toEqual([
      'ERROR AmqpConnection giving up after 3 attempts',
      'CRITICAL AmqpConnection no stock',
    ]);
  });

  it('is written for each failure, even with the same Error', async () => {
    const { nest, broker } = await start();
    const error = new Error('no stock');

    for (let i = 0; i < 2; i++) await expect(broker.deliver('place', error)).rejects.toBe(error);

    expect(nest.errors).toEqual([error, error]);
  });

  it('is not changed if it is not decorated', async () => {
    const { nest, broker } = await start();
    const error = new Error('no stock');

    await expect(broker.deliver('undecorated', error)).rejects.toBe(error);

    expect(nest.lines).toEqual(['ERROR ExceptionsHandler no stock']);
  });
});
