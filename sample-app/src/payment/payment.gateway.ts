/** Takes the money over HTTP. */
import { Injectable } from '@nestjs/common';
import { InjectLogger, type Logger } from 'nestjs-hindsight';
import { Suppliers } from '../../shop/suppliers';

interface Charge {
  readonly id?: string;
  /** The reason of a refusal. */
  readonly code?: string;
}

@Injectable()
export class PaymentGateway {
  constructor(
    @InjectLogger() private readonly logger: Logger,
    private readonly suppliers: Suppliers,
  ) {}

  async charge(card: string, cents: number): Promise<string> {
    // The card is redacted in every format: see src/logging.ts.
    this.logger.debug('charge', { card, cents });
    const response = await fetch(`${this.suppliers.url}/charges`, {
      method: 'POST',
      body: JSON.stringify({ card, cents }),
    });
    const { id, code } = (await response.json()) as Charge;
    if (id === undefined) throw new Error(`the gateway refused: ${code}`);
    return id;
  }
}
