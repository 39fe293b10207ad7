/** A LogRecordSocketReceiver in this process, with the records that it received. */
import { onTestFinished } from 'vitest';
import type { LogRecord } from '../../lib/core/log-record';
import { LogRecordSocketReceiver, type LogRecordSocketReceiverOptions } from '../../lib/handlers';

export interface StartedReceiver {
  readonly receiver: LogRecordSocketReceiver;
  readonly records: LogRecord[];
  readonly messages: string[];
}

/** Starts a receiver, by default on a free TCP port. It is closed when the test has finished. */
export async function startReceiver(options: LogRecordSocketReceiverOptions = {}): Promise<StartedReceiver> {
  const records: LogRecord[] = [];
  const messages: string[] = [];
  const listens = options.udpPort !== undefined || options.path !== undefined;
  const receiver = new LogRecordSocketReceiver({
    ...(listens ? {} : { port: 0 }),
    onRecord: (record) => {
      records.push(record);
      messages.push(record.getMessage());
    },
    ...options,
  });
  await receiver.start();
  onTestFinished(async () => receiver.close());
  return { receiver, records, messages };
}
