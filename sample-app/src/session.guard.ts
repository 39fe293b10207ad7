/** Reads the customer's session. A header that is not a valid session is a bug, so it causes an Error and not a 403. */
import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { InjectLogger, type Logger } from 'nestjs-hindsight';
import type { IncomingMessage } from 'node:http';

interface Session {
  readonly customer: number;
}

@Injectable()
export class SessionGuard implements CanActivate {
  constructor(@InjectLogger() private readonly logger: Logger) {}

  canActivate(context: ExecutionContext): boolean {
    const header = context.switchToHttp().getRequest<IncomingMessage>().headers['x-session'];
    if (typeof header !== 'string') return true;
    this.logger.debug('session header of %d characters', header.length);
    const { customer } = this.read(header);
    this.logger.debug('session of customer %d', customer);
    return true;
  }

  private read(header: string): Session {
    const text = Buffer.from(header, 'base64url').toString();
    try {
      return JSON.parse(text) as Session;
    } catch (cause) {
      throw new Error('the session header is corrupt', { cause });
    }
  }
}
