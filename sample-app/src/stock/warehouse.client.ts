/** Gets the number of goods from the warehouse over HTTP. */
import { Injectable } from '@nestjs/common';
import { InjectLogger, type Logger } from 'nestjs-hindsight';
import { Suppliers } from '../../shop/suppliers';

interface Shelf {
  readonly onShelf: number;
  readonly aisle: number;
}

@Injectable()
export class WarehouseClient {
  constructor(
    @InjectLogger() private readonly logger: Logger,
    private readonly suppliers: Suppliers,
  ) {}

  async count(sku: string): Promise<number> {
    const response = await fetch(`${this.suppliers.url}/stock/${sku}`);
    const { onShelf, aisle } = (await response.json()) as Shelf;
    this.logger.debug('%s: aisle %d', sku, aisle);
    return onShelf;
  }
}
