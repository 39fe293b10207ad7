import 'reflect-metadata';
import { Injectable } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { describe, expect, it } from 'vitest';
import { getLogger, InjectLogger, type Logger } from '../../lib';
import { loggersFor } from '../../lib/testing';

@Injectable()
class Prices {
  @InjectLogger('prices') readonly log!: Logger;
}

@Injectable()
class Orders {
  constructor(
    readonly prices: Prices,
    @InjectLogger() readonly log: Logger,
    @InjectLogger('audit') readonly audit: Logger,
  ) {}
}

class SpecialOrders extends Orders {}

class Plain {}

describe('loggersFor', () => {
  it('provides the loggers that classes inject in a unit test, without the module', async () => {
    const testing = await Test.createTestingModule({
      providers: [Orders, Prices, ...loggersFor(Orders, Prices)],
    }).compile();

    const orders = testing.get(Orders);

    expect([orders.log, orders.audit, orders.prices.log]).toEqual([
      getLogger('Orders'),
      getLogger('audit'),
      getLogger('prices'),
    ]);
  });

  it('includes inherited injections, and provides each logger once', () => {
    expect(
      loggersFor(SpecialOrders, Orders)
        .map(({ useValue }) => useValue.name)
        .toSorted(),
    ).toEqual(['Orders', 'audit']);
  });

  it('provides nothing for a class that injects no logger', () => {
    expect(loggersFor(Plain)).toEqual([]);
    expect(loggersFor()).toEqual([]);
  });
});
