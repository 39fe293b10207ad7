/** The pattern of the route in the request record. */
import { Controller, Get, Module, NotFoundException, type MiddlewareConsumer } from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import { startNestApp, type NestApp } from '../../support/nest-app';

@Controller('shop')
class Shop {
  @Get(['orders/:id', 'bestellungen/:id'])
  order(): string {
    return 'order';
  }

  @Get('missing/:id')
  missing(): never {
    throw new NotFoundException();
  }
}

/** Express has a route for each middleware of Nest. */
@Module({ controllers: [Shop] })
class ShopModule {
  configure(consumer: MiddlewareConsumer): void {
    consumer.apply((_request: unknown, _response: unknown, next: () => void) => next()).forRoutes('{*path}');
  }
}

async function routeOf(nest: NestApp, path: string): Promise<unknown> {
  await nest.get(path);
  await nest.settled();
  return nest.seen.records.map(({ extra }) => extra).findLast((extra) => extra?.['path'] === path)?.['route'];
}

describe('The route in a request record', () => {
  it.each([
    ['/shop/orders/7', '/shop/orders/:id'],
    ['/shop/bestellungen/7', '/shop/bestellungen/:id'],
    ['/shop/missing/7', '/shop/missing/:id'],
    ['/nowhere', undefined],
    ['/shop/nowhere/7', undefined],
  ])('of %s is %s with a middleware for all routes', async (path, route) => {
    const nest = await startNestApp({ imports: [ShopModule] });

    expect(await routeOf(nest, path)).toBe(route);
  });
});
