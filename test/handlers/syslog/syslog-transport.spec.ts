import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { SyslogDestination } from '../../../lib/handlers/syslog/destination';
import { syslogTransport } from '../../../lib/handlers/syslog/syslog-transport';
import { UnixTransport } from '../../../lib/handlers/syslog/unix-transport';
import type { Transport } from '../../../lib/outbox/transport';
import { StreamTransport } from '../../../lib/outbox/stream-transport';
import { UdpTransport } from '../../../lib/outbox/udp-transport';
import { UnixDatagramTransport } from '../../../lib/outbox/unix-datagram-transport';
import { unixStreamServer } from '../../support/byte-servers';
import { startTcpPeer } from '../../support/tcp-peer';
import { tempDir } from '../../support/temp-dir';
import { until } from '../../support/until';

const live = (): AbortSignal => new AbortController().signal;

function transportTo(destination: SyslogDestination): Transport<Buffer> {
  const transport = syslogTransport(destination, {
    owner: 'SysLogHandler',
    timeoutMs: 5000,
    tls: undefined,
    frame: (payload) => Buffer.concat([payload, Buffer.from('\n')]),
  });
  onTestFinished(async () => transport.close());
  return transport;
}

describe('syslogTransport', () => {
  it('delivers datagrams over UDP, and streams over TCP and TLS', () => {
    const at = { host: 'localhost', port: 514 };

    expect(transportTo({ kind: 'udp', ...at })).toBeInstanceOf(UdpTransport);
    expect(transportTo({ kind: 'tcp', ...at })).toBeInstanceOf(StreamTransport);
    expect(transportTo({ kind: 'tls', ...at })).toBeInstanceOf(StreamTransport);
  });

  it('connects to the host and port', async () => {
    const peer = await startTcpPeer();
    const transport = transportTo({ kind: 'tcp', host: '127.0.0.1', port: peer.port });

    await transport.deliver([Buffer.from('a')], live());

    await until(() => peer.text === 'a');
  });

  it('finds out about a Unix socket whose kind is left open', async () => {
    const path = join(tempDir(), 'log');
    const server = await unixStreamServer(path);
    const transport = transportTo({ kind: 'unix', path, socktype: undefined });

    await transport.deliver([Buffer.from('a')], live());

    expect(transport).toBeInstanceOf(UnixTransport);
    await until(() => server.bytes.toString() === 'a\n');
  });

  it.runIf(process.platform === 'linux')('takes the kind of a Unix socket as it is told', () => {
    const unix = { kind: 'unix', path: '/dev/log' } as const;

    expect(transportTo({ ...unix, socktype: 'stream' })).toBeInstanceOf(StreamTransport);
    expect(transportTo({ ...unix, socktype: 'dgram' })).toBeInstanceOf(UnixDatagramTransport);
  });
});
