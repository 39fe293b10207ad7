import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { frameOf } from '../../../lib/handlers/socket/frame';
import { ReceiverConnection } from '../../../lib/handlers/socket/receiver-connection';
import { until } from '../../support/until';

interface Opened {
  readonly client: Socket;
  readonly payloads: string[];
  readonly refused: unknown[];
}

async function opened({ idleTimeoutMs = 0 } = {}): Promise<Opened> {
  const [payloads, refused]: [string[], unknown[]] = [[], []];
  const server = createServer((socket) => {
    const connection = new ReceiverConnection(socket, {
      maxFrameBytes: 100,
      idleTimeoutMs,
      onPayload: (payload) => void payloads.push(payload.toString()),
      onRefused: (error) => void refused.push(String(error)),
    });
    onTestFinished(() => connection.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  client.on('error', () => undefined);
  onTestFinished(() => void client.destroy());
  return { client, payloads, refused };
}

describe('ReceiverConnection', () => {
  it('hands on each payload', async () => {
    const { client, payloads } = await opened();
    client.write(Buffer.concat([frameOf(Buffer.from('one')), frameOf(Buffer.from('two'))]));

    await until(() => payloads.length === 2);
    expect(payloads).toEqual(['one', 'two']);
  });

  it('ends when a frame is over the limit, and keeps the frames before it', async () => {
    const { client, payloads, refused } = await opened();
    client.write(Buffer.concat([frameOf(Buffer.from('one')), Buffer.from([0, 0, 0, 101, 1])]));

    await once(client, 'close');
    expect(payloads).toEqual(['one']);
    expect(refused).toEqual(['UnpicklingError: a frame claims 101 bytes; "maxFrameBytes" is 100']);
  });

  it('tells of a frame that the peer never finished', async () => {
    const { client, refused } = await opened();
    client.end(Buffer.from([0, 0, 0, 9, 1]));

    await once(client, 'close');
    expect(refused).toEqual(['UnpicklingError: the connection ended within a frame, after 5 bytes']);
  });

  it('ends when nothing comes for the time of silence', async () => {
    const { client } = await opened({ idleTimeoutMs: 30 });

    await once(client, 'close');
    expect(client.destroyed).toBe(true);
  });

  it('ends a frame that trickles in for longer than it may', async () => {
    const { client, refused } = await opened({ idleTimeoutMs: 100 });
    const drip = setInterval(() => client.write('\0'), 20);
    onTestFinished(() => clearInterval(drip));
    client.write(Buffer.from([0, 0, 0, 99]));

    // Not `once` of node:events: a drop may be on its way when the connection ends, and is answered with a reset.
    await new Promise((resolve) => client.once('close', resolve));
    expect(refused[0]).toBe('UnpicklingError: a frame was not complete within 100 ms');
  });
});
