import { describe, expect, it } from 'vitest';
import type { LogRecord } from '../../lib/core/log-record';
import { BufferingHandler } from '../../lib/handlers';
import { handlerContract } from '../../lib/testing';
import { some } from '../support/some';
import { until } from '../support/until';

/** The smallest useful subclass: what is flushed has been sent. */
class SendingHandler extends BufferingHandler {
  readonly sent: LogRecord[] = [];

  override flush(): void {
    this.sent.push(...this.buffer);
    this.buffer = [];
  }
}

class ThrowingFlushHandler extends BufferingHandler {
  override flush(): void {
    throw new Error('the mail server is away');
  }
}

class RejectingHandler extends BufferingHandler {
  readonly failures: unknown[] = [];

  override async flush(): Promise<void> {
    this.buffer = [];
    throw new Error('nobody listens');
  }

  override handleError(_record: LogRecord, error: unknown): void {
    this.failures.push(error);
  }
}

describe('BufferingHandler', () => {
  const subject = {
    create: (options: object) => new SendingHandler(10, options),
    read: (handler: SendingHandler) => handler.sent.map((record) => record.getMessage()),
    usesFormatter: false,
  };
  for (const { title, run } of handlerContract('BufferingHandler', subject)) it(title, run);

  it('hands a rejected flush to handleError', async () => {
    const handler = new RejectingHandler(1);

    handler.handle(some.record());

    await until(() => handler.failures.length === 1);
    await expect(handler.close()).rejects.toThrow('nobody listens');
    expect(handler.closed).toBe(true);
  });

  it('closes also when the last flush throws', () => {
    const handler = new ThrowingFlushHandler(10);

    expect(() => handler.close()).toThrow('the mail server is away');
    expect(handler.closed).toBe(true);
  });

  it.each([Number.NaN, 1.5, Infinity])('refuses %d as capacity', (capacity) => {
    expect(() => new BufferingHandler(capacity)).toThrow(
      `BufferingHandler: "capacity" must be an integer, got ${capacity}.`,
    );
  });
});
