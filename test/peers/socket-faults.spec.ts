import { describe } from 'vitest';
import { itSurvivesDatagramFaults } from './datagram-faults';
import { itSurvivesNetworkFaults, type Target } from './network-faults';

function socketHandler({ host, port, timeout, caPath }: Target, options: object): string {
  const tls =
    caPath === undefined
      ? ''
      : `, tls: { ca: require('node:fs').readFileSync(${JSON.stringify(caPath)}), servername: 'localhost' }`;
  const all = `{ ...${JSON.stringify(options)}, timeout: ${timeout}${tls} }`;
  return `new (lib('handlers').SocketHandler)(${JSON.stringify(host)}, ${port}, ${all})`;
}

function datagramHandler({ host, port }: Target, options: object): string {
  return `new (lib('handlers').DatagramHandler)(${JSON.stringify(host)}, ${port}, ${JSON.stringify(options)})`;
}

describe('SocketHandler', { timeout: 60_000 }, () => {
  itSurvivesNetworkFaults({ name: 'SocketHandler', handler: socketHandler, hasTls: true });
});

describe('DatagramHandler', { timeout: 60_000 }, () => {
  itSurvivesDatagramFaults({ name: 'DatagramHandler', handler: datagramHandler, hasTls: false });
});
