import { connect } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ReopeningTransport } from '../../../lib/handlers/socket/reopening-transport';
import { startTcpPeer } from '../../support/tcp-peer';
import { until } from '../../support/until';

describe('ReopeningTransport', () => {
  it('makes a new connection for the delivery after reopen()', async () => {
    const peer = await startTcpPeer();
    const transport = new ReopeningTransport({
      connect: () => connect(peer.port, '127.0.0.1'),
      timeoutMs: 2000,
    });
    onTestFinished(async () => transport.close());
    const { signal } = new AbortController();
    const deliver = async (text: string): Promise<void> =>
      transport.deliver([Buffer.from(`${text}\n`)], signal);

    await deliver('one');
    await deliver('two');
    transport.reopen();
    await deliver('three');
    await deliver('four');

    await until(() => peer.lines.length === 4);
    expect(peer.lines.toSorted()).toEqual(['four', 'one', 'three', 'two']);
    expect(peer.connections).toBe(2);
  });
});
