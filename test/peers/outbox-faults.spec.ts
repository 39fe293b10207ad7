import { describe } from 'vitest';
import { itSurvivesDatagramFaults } from './datagram-faults';
import { itSurvivesNetworkFaults, type Target } from './network-faults';

/** Lines over TCP and TLS: the outbox and its stream transport, and nothing else. */
function lineHandler(target: Target, options: object): string {
  return `(() => {
    const { OutboxHandler } = lib('handlers');
    const { StreamTransport } = lib('outbox/stream-transport');
    const { host, port, timeout, caPath } = ${JSON.stringify(target)};
    const connect = () =>
      caPath === undefined
        ? require('node:net').connect({ host, port })
        : require('node:tls').connect({ host, port, ca: require('node:fs').readFileSync(caPath) });
    class LineHandler extends OutboxHandler {
      payloadOf(record) { return Buffer.from(this.format(record) + '\\n'); }
      sizeOf(payload) { return payload.length; }
      createTransport() { return new StreamTransport({ connect, timeoutMs: timeout * 1000 }); }
    }
    return new LineHandler(${JSON.stringify(options)});
  })()`;
}

/** The same text as UDP datagrams. */
function datagramHandler({ host, port }: Target, options: object): string {
  return `(() => {
    const { OutboxHandler } = lib('handlers');
    const { UdpTransport } = lib('outbox/udp-transport');
    class LineHandler extends OutboxHandler {
      payloadOf(record) { return Buffer.from(this.format(record)); }
      sizeOf(payload) { return payload.length; }
      createTransport() { return new UdpTransport(${JSON.stringify({ host, port })}); }
    }
    return new LineHandler(${JSON.stringify(options)});
  })()`;
}

describe('an OutboxHandler with a StreamTransport', { timeout: 60_000 }, () => {
  itSurvivesNetworkFaults({ name: 'LineHandler', handler: lineHandler, hasTls: true });
});

describe('an OutboxHandler with a UdpTransport', { timeout: 60_000 }, () => {
  itSurvivesDatagramFaults({ name: 'LineHandler', handler: datagramHandler, hasTls: false });
});
